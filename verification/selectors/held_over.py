"""Held-over candidates (留考, E10): the paper just sat, where they are kept, and who must still be asked about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from exam_ops.core.models import Sitting
from exam_ops.rules.entry import MAY_SIT, Entry
from verification.models import Supervision

SAME_DAY = timedelta(hours=12)
"""The paper before lies at most so long before the next one's start."""


class State(StrEnum):
    """What is known of a held-over candidate's way to the next paper."""

    EXPECTED = "expected"  # nobody has said anything yet
    KEPT = "kept"
    LEFT = "left"
    ENTERED = "entered"


_BEFORE = Sitting.objects.filter(
    candidate=OuterRef("candidate"),
    site_unit__site=OuterRef("site_unit__site"),
    site_unit__unit__plan=OuterRef("site_unit__unit__plan"),
    site_unit__starts_at__lt=OuterRef("site_unit__starts_at"),
    site_unit__starts_at__gte=OuterRef("site_unit__starts_at") - SAME_DAY,
    entry_status__in=MAY_SIT,
)
_LEFT = Supervision.objects.filter(sitting=OuterRef("pk"), left_at__isnull=False)

STILL_KEPT = Q(held_over=True) & Exists(_BEFORE) & ~Exists(_LEFT)
"""Held over, in for the paper before, and nobody said that they left: no machine makes them absent."""


def still_kept(sitting: Sitting) -> bool:
    """The same of one sitting."""
    return sitting.held_over and Sitting.objects.filter(STILL_KEPT, pk=sitting.pk).exists()


@dataclass(frozen=True, slots=True)
class HeldOver:
    """One held-over candidate: the next paper's sitting, the one before it, and what was said."""

    sitting: Sitting
    before: Sitting | None
    said: Supervision | None

    @property
    def state(self) -> State:
        return state_of(self.said)

    @property
    def is_in_before(self) -> bool:
        return self.before is not None and self.before.entry_status in MAY_SIT

    def is_asked(self, *, now: datetime) -> bool:
        """Whether somebody must say what became of them: entry to the next paper is open and they are not in."""
        waits = self.sitting.entry_status == Entry.NOT_SIGNED_IN and self.state in (
            State.EXPECTED,
            State.KEPT,
        )
        return waits and self.is_in_before and now >= self.sitting.site_unit.entry_opens_at


def state_of(said: Supervision | None) -> State:
    """What was said last."""
    if said is None:
        return State.EXPECTED
    if said.left_at is not None:
        return State.LEFT
    return State.ENTERED if said.entered_at is not None else State.KEPT


def held_over(rows: QuerySet[Sitting]) -> list[HeldOver]:
    """The held-over candidates among `rows` with the paper before, by room and seat; a few statements for all."""
    found = list(
        rows.filter(held_over=True)
        .select_related(
            "candidate", "room_session__room", "site_unit__unit__plan", "site_unit__site", "supervision"
        )
        .select_related("supervision__kept_by", "supervision__left_by", "supervision__entered_by")
        .defer("candidate__id_no")
        .order_by("site_unit__starts_at", "room_session__room__room_no", "seat_no", "pk")
    )
    before = _before(found)
    return [HeldOver(s, before.get(s.pk), getattr(s, "supervision", None)) for s in found]


def unanswered(rows: QuerySet[Sitting]) -> QuerySet[Sitting]:
    """Those of `rows` who are kept, not in, and of whom somebody must say what became of them."""
    return rows.filter(STILL_KEPT, entry_status=Entry.NOT_SIGNED_IN)


def before_of(sitting: Sitting) -> Sitting | None:
    """The paper that a held-over candidate sat just before this one."""
    return _before([sitting]).get(sitting.pk)


def _before(sittings: Iterable[Sitting]) -> dict[int, Sitting]:
    """The latest earlier sitting of the day, at the same site and in the same plan, by the next one's key.

    One that they were in for goes before one that they were not: `STILL_KEPT` asks the same.
    """
    wanted = list(sittings)
    earlier = (
        Sitting.objects.filter(
            candidate__in={s.candidate_id for s in wanted},
            site_unit__site__in={s.site_unit.site_id for s in wanted},
        )
        .select_related("room_session__room", "site_unit__unit")
        .order_by("site_unit__starts_at", "pk")
    )
    found: dict[int, Sitting] = {}
    for one in earlier:
        for sitting in wanted:
            known = found.get(sitting.pk)
            was_in = known is not None and known.entry_status in MAY_SIT
            if _comes_before(one, sitting) and (one.entry_status in MAY_SIT or not was_in):
                found[sitting.pk] = one
    return found


def _comes_before(one: Sitting, sitting: Sitting) -> bool:
    here, there = sitting.site_unit, one.site_unit
    same = (one.candidate_id, there.site_id) == (sitting.candidate_id, here.site_id)
    if not same or there.unit.plan_id != here.unit.plan_id:
        return False
    return here.starts_at - SAME_DAY <= there.starts_at < here.starts_at
