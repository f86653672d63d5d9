"""Nobody in two rooms at once: named row by row before the database would refuse the load as a whole (C8)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from exam_ops.core.models import ExamPlan, ProctorProfile, RosterRow, SiteUnit
from exam_ops.office.loading.book import Key
from exam_ops.office.loading.known import chunks
from exam_ops.office.loading.writing.sittings import site_unit_of
from exam_ops.office.loading.writing.state import Wish, Writing
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text

BUSY = Text(
    "该监考教师在 {start}–{end} 另有监考（{site} {room}考场）。请换一位教师，或先调整那一处的编排。",
    "This proctor stands in room {room} of {site} from {start} to {end}. Choose somebody else, or change that first.",
)
_PLACE = "room_session__site_unit"


@dataclass(frozen=True, slots=True)
class _Held:
    """A span of one proctor; `key` is (proctor, unit). Real instants; a drill's clock is its plan, 0 the day's."""

    key: Key
    start: datetime
    end: datetime
    clock: int
    site: str
    room: str

    def meets(self, other: "_Held") -> bool:
        apart = self.key == other.key or self.clock != other.clock
        return not apart and self.start < other.end and other.start < self.end


def check_busy(w: Writing, wishes: Mapping[Key, Wish], coming: Iterable[Key]) -> None:
    """Names each of `coming` (proctor, unit) that meets another room of its proctor, in the book or in the portal.

    Holds the proctors' rows until the load is written, as pages do before they place somebody.
    """
    wanted = list(coming)
    people = sorted({proctor for proctor, _ in wanted})
    for part in chunks(people):
        held = ProctorProfile.objects.filter(user__in=part).order_by("pk")
        list(held.select_for_update(no_key=True).values_list("pk"))
    spans = _in_book(w, wishes, set(people)) | {h.key: h for h in _in_portal(people) if h.key not in wishes}
    by_person: dict[int, list[_Held]] = defaultdict(list)
    for span in spans.values():
        by_person[span.key[0]].append(span)
    for key in wanted:
        if met := next((other for other in by_person[key[0]] if spans[key].meets(other)), None):
            w.problems.error(wishes[key].rows[0], "username", _said(met))


def _in_book(w: Writing, wishes: Mapping[Key, Wish], people: set[int]) -> dict[Key, _Held]:
    instants: dict[int, tuple[datetime, datetime, int]] = {}
    for part in chunks({site_unit_of(w, wish.rows[0]).pk for wish in wishes.values()}):
        rows = SiteUnit.objects.filter(pk__in=part).values_list(
            "pk", "starts_at", "ends_at", "unit__plan", "unit__plan__kind"
        )
        instants |= {pk: (start, end, _clock(plan, kind)) for pk, start, end, plan, kind in rows}
    found = {}
    for key, wish in wishes.items():
        if key[0] in people:
            row = wish.rows[0]
            found[key] = _Held(key, *instants[site_unit_of(w, row).pk], row["site"], row["room"])
    return found


def _in_portal(people: Iterable[int]) -> Iterable[_Held]:
    for part in chunks(people):
        rows = RosterRow.objects.filter(proctor__in=part).values_list(
            "proctor",
            f"{_PLACE}__unit",
            f"{_PLACE}__starts_at",
            f"{_PLACE}__ends_at",
            f"{_PLACE}__unit__plan",
            f"{_PLACE}__unit__plan__kind",
            f"{_PLACE}__site__name",
            "room_session__room__room_no",
        )
        for proctor, unit, start, end, plan, kind, site, room in rows:
            yield _Held((proctor, unit), start, end, _clock(plan, kind), site, room)


def _clock(plan: int, kind: str) -> int:
    return plan if kind == ExamPlan.Kind.DRILL else 0


def _said(met: _Held) -> Text:
    return BUSY.format(
        start=met.start.astimezone(BEIJING).strftime("%m-%d %H:%M"),
        end=met.end.astimezone(BEIJING).strftime("%H:%M"),
        site=met.site,
        room=met.room,
    )
