"""考后核验 of one site unit: whom it let in, by which picture, and what was found (C16).

Everybody who was let in is checked: with the photo of the sign-in that counts, or the one of the approved request;
who has neither is listed with the evidence that names them. Eight statements, however many people there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from django.db.models import QuerySet

from exam_ops.core.models import SiteUnit, Sitting
from exam_ops.rules.entry import Entry
from incidents.models import EvidenceMark
from verification.models import EntryRequest, PhotoHint, PostExamCheck, PostExamHold
from verification.selectors.sitting_facts import sign_ins_of

LET_IN = (Entry.SIGNED_IN, Entry.APPROVED)


class Source(IntEnum):
    """Where the picture comes from; in this order they are checked."""

    SIGN_IN = 1
    REQUEST = 2
    EVIDENCE = 3  # no picture of one's own: a panorama that names them
    NONE = 4


@dataclass(slots=True)
class Pair:
    """One candidate who was let in, with what there is to compare."""

    sitting_id: int
    name: str
    student_no: str
    seat_no: str
    room_session_id: int | None
    room_no: str
    has_reference: bool
    was_approved: bool
    source: Source = Source.NONE
    photo_id: UUID | None = None  # of the sign-in or the request
    photo: str = ""  # SHA-256
    hints: list[str] = field(default_factory=list)
    is_bad: bool = False  # the site called the photo bad
    check: PostExamCheck | None = None
    held_by: int | None = None

    @property
    def order(self) -> tuple[object, ...]:
        """Doubted photos first, then by picture, room and seat."""
        return (
            not (self.hints or self.is_bad),
            self.source,
            self.room_no or "~",
            self.seat_no.rjust(10),
            self.sitting_id,
        )


def pairs(site_unit: SiteUnit, *, now: datetime) -> list[Pair]:
    """Everybody whom the site let in, in the order in which they are checked."""
    let_in = Sitting.objects.filter(site_unit=site_unit, entry_status__in=LET_IN)
    found = {pair.sitting_id: pair for pair in map(_pair, _rows(let_in))}
    _add_evidence(found, let_in)
    _add_requests(found, site_unit)
    _add_sign_ins(found, site_unit)
    _add_hints(found, site_unit)
    for check in PostExamCheck.objects.filter(site_unit=site_unit, withdrawn_at=None).select_related("by"):
        if pair := found.get(check.sitting_id):
            pair.check = check
    holds = PostExamHold.objects.filter(sitting__site_unit=site_unit, until__gt=now)
    for sitting_id, by in holds.values_list("sitting", "by"):
        if pair := found.get(sitting_id):
            pair.held_by = by
    return sorted(found.values(), key=lambda pair: pair.order)


def _rows(sittings: QuerySet[Sitting]) -> Iterable[tuple]:
    return sittings.values_list(
        "pk", "candidate__name", "candidate__student_no", "seat_no", "room_session",
        "room_session__room__room_no", "candidate__photo", "entry_status",
    )  # fmt: skip


def _pair(row: tuple) -> Pair:
    pk, name, number, seat, session, room, reference, status = row
    return Pair(pk, name, number, seat, session, room or "", bool(reference), status == Entry.APPROVED)


def _add_evidence(found: dict[int, Pair], let_in: QuerySet[Sitting]) -> None:
    marked = EvidenceMark.objects.filter(
        sitting__in=let_in.filter(entry_status=Entry.APPROVED).values("pk"), evidence__withdrawn_at=None
    )
    for sitting_id in marked.values_list("sitting", flat=True):
        found[sitting_id].source = Source.EVIDENCE


def _add_requests(found: dict[int, Pair], site_unit: SiteUnit) -> None:
    approved = EntryRequest.objects.filter(site_unit=site_unit, status=EntryRequest.Status.APPROVED)
    for sitting_id, pk, photo in approved.exclude(photo="").values_list("sitting", "pk", "photo"):
        if pair := found.get(sitting_id):
            pair.source, pair.photo_id, pair.photo = Source.REQUEST, pk, photo


def _add_sign_ins(found: dict[int, Pair], site_unit: SiteUnit) -> None:
    for sitting_id, sign_in in sign_ins_of(Sitting.objects.filter(site_unit=site_unit)).items():
        if sign_in.photo and (pair := found.get(sitting_id)):
            pair.source, pair.photo_id, pair.photo = Source.SIGN_IN, sign_in.pk, sign_in.photo


def _add_hints(found: dict[int, Pair], site_unit: SiteUnit) -> None:
    doubted = PhotoHint.objects.filter(photo__site_unit=site_unit).exclude(verdict=PhotoHint.Verdict.CLEAR)
    for sign_in, sitting_id, kind, verdict in doubted.values_list(
        "photo", "photo__sitting", "kind", "verdict"
    ).order_by("pk"):
        pair = found.get(sitting_id)
        if pair is not None and pair.photo_id == sign_in:
            pair.hints.append(kind)
            pair.is_bad = pair.is_bad or verdict == PhotoHint.Verdict.BAD


@dataclass(slots=True)
class Progress:
    """How far the check of a site or of one room is."""

    name: str = ""
    room_session_id: int | None = None
    total: int = 0
    checked: int = 0
    findings: int = 0
    doubted: int = 0  # photos with a hint that nobody has checked yet

    def count(self, pair: Pair) -> None:
        self.total += 1
        if pair.check is not None:
            self.checked += 1
            self.findings += pair.check.result != PostExamCheck.Result.SAME
        else:
            self.doubted += bool(pair.hints)

    @property
    def left(self) -> int:
        return self.total - self.checked


def progress(found: Sequence[Pair]) -> tuple[Progress, list[Progress]]:
    """The site's progress, and its rooms', by their numbers; who has no room stands last."""
    whole = Progress()
    rooms: dict[tuple[str, int | None], Progress] = defaultdict(Progress)
    for pair in found:
        whole.count(pair)
        room = rooms[pair.room_no or "~", pair.room_session_id]
        room.name, room.room_session_id = pair.room_no, pair.room_session_id
        room.count(pair)
    return whole, [room for _, room in sorted(rooms.items(), key=lambda item: item[0][0])]


def next_pair(found: Sequence[Pair], *, user_id: int, after: int | None = None) -> Pair | None:
    """The next pair without a verdict that stands on nobody else's screen, round about from the one `after`."""
    place = next((n + 1 for n, pair in enumerate(found) if pair.sitting_id == after), 0)
    ahead = [*found[place:], *found[:place]]
    free = (p for p in ahead if p.check is None and p.held_by in (None, user_id) and p.sitting_id != after)
    alone = (p for p in ahead if p.check is None and p.held_by in (None, user_id))
    return next(free, None) or next(alone, None)


def before(found: Sequence[Pair], sitting_id: int) -> Pair | None:
    """The pair before this one, checked or not."""
    place = next((n for n, pair in enumerate(found) if pair.sitting_id == sitting_id), 0)
    return found[place - 1] if place else None
