"""核查清单: reported facts that a person must look at, or may want to; a page costs the same however many there are.

The indexes `sign_in_review…` hold nothing but facts worth a look, so a nation's outage, which leaves a hundred
thousand late arrivals, is paged by its order and never counted whole.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_datetime

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import RoomSession
from verification.models import Outcome, SignIn
from verification.models.door import SKEW_MARKED_MS, WORTH_A_LOOK

SEE = "sign_in.see"
PER_PAGE = 50
COUNTED_AT_MOST = 1000
RELATED = (
    "sitting__candidate",
    "room_session__room",
    "room_session__site_unit__site",
    "room_session__site_unit__unit__plan",
    "proctor",
    "review__cleared_by",
    "review__sitting__candidate",
)


class Kind(StrEnum):
    """Why a fact stands on the list; one may stand there for several reasons."""

    REJECTED = "rejected"  # could not be applied
    CONFLICT = "conflict"  # another phone had signed the candidate in
    UNCHECKED = "unchecked"  # its proctor was not face-checked (C0)
    SKEW = "skew"  # the phone's clock was off by more than is tolerated
    LATE = "late"  # captured then, arrived now
    SKEW_UNKNOWN = "skew_unknown"  # the phone did not say when it sent


_OTHER_PHONE = SignIn.objects.filter(sitting=OuterRef("sitting"), effective=True).exclude(
    device_id=OuterRef("device_id")
)
_SECOND = Q(status=SignIn.Status.CREATED, outcome=Outcome.PASSED, effective=False)
CONDITIONS: dict[Kind, Q] = {
    Kind.REJECTED: Q(status=SignIn.Status.REJECTED),
    Kind.CONFLICT: _SECOND & Q(Exists(_OTHER_PHONE)),
    Kind.UNCHECKED: Q(proctor_unchecked=True),
    Kind.SKEW: Q(skew_ms__gt=SKEW_MARKED_MS) | Q(skew_ms__lt=-SKEW_MARKED_MS),
    Kind.LATE: Q(late=True),
    Kind.SKEW_UNKNOWN: Q(skew_ms=None, sitting__isnull=False),
}
# What waits for a person and is counted as open; late arrivals were applied by rule and are there to be read.
_PRESSING = (
    CONDITIONS[Kind.REJECTED] | CONDITIONS[Kind.CONFLICT] | CONDITIONS[Kind.UNCHECKED] | CONDITIONS[Kind.SKEW]
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the list is narrowed to; empty for all. `before` and `after` are cursors of `Page`."""

    plan: str = ""
    unit: str = ""
    branch: str = ""
    site: str = ""
    room: str = ""
    kind: str = ""  # empty: whatever presses
    cleared: bool = False
    unplaced: bool = False
    before: str = ""
    after: str = ""

    @property
    def is_placed(self) -> bool:
        return bool(self.plan or self.unit or self.branch or self.site or self.room)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of facts, newest first, and the cursors from which its neighbours go on (empty: nothing there)."""

    facts: list[SignIn]
    older: str = ""
    newer: str = ""


def pressing() -> QuerySet[SignIn]:
    """All facts that wait for a person, whoever asks: for figures of boards."""
    return SignIn.objects.filter(WORTH_A_LOOK).filter(_PRESSING, review=None)


def open_facts(actor: Actor, *, unplaced: bool = False) -> QuerySet[SignIn]:
    """Facts in the actor's scope that wait for a person; `unplaced`: those that name no room."""
    return _listed(actor, Chosen(unplaced=unplaced))


def count(actor: Actor, chosen: Chosen, kind: str) -> int:
    """How many there are of a kind, counted to `COUNTED_AT_MOST` + 1 and no further."""
    rows = _listed(actor, _of_kind(chosen, kind)).order_by()
    return rows.values("pk")[: COUNTED_AT_MOST + 1].count()


def page(actor: Actor, chosen: Chosen) -> Page:
    """The page that `chosen` asks for."""
    rows = _listed(actor, chosen).select_related(*RELATED).defer("sitting__candidate__id_no")
    if (cursor := _read(chosen.after)) is not None:
        at, pk = cursor
        above = rows.filter(Q(received_at__gt=at) | Q(received_at=at, pk__lt=pk))
        found = list(above.order_by("received_at", "-pk")[: PER_PAGE + 1])
        shown = found[:PER_PAGE][::-1]
        more = len(found) > PER_PAGE
        return Page(shown, _cursor(shown[-1]) if shown else "", _cursor(shown[0]) if more else "")
    if (cursor := _read(chosen.before)) is not None:
        at, pk = cursor
        rows = rows.filter(Q(received_at__lt=at) | Q(received_at=at, pk__gt=pk))
    found = list(rows.order_by("-received_at", "pk")[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    newer = _cursor(shown[0]) if cursor is not None and shown else ""
    return Page(shown, _cursor(shown[-1]) if len(found) > PER_PAGE else "", newer)


def kinds_of(facts: list[SignIn]) -> dict[UUID, list[Kind]]:
    """Why each of these facts stands on the list, in the order of `Kind`."""
    second = [f.pk for f in facts if f.status == SignIn.Status.CREATED and not f.effective]
    rows = SignIn.objects.filter(CONDITIONS[Kind.CONFLICT], pk__in=second)
    conflicts = set(rows.values_list("pk", flat=True)) if second else set()
    return {
        fact.pk: [kind for kind, holds in _reasons(fact, fact.pk in conflicts).items() if holds]
        for fact in facts
    }


def _reasons(fact: SignIn, is_conflict: bool) -> dict[Kind, bool]:
    return {
        Kind.REJECTED: fact.status == SignIn.Status.REJECTED,
        Kind.CONFLICT: is_conflict,
        Kind.UNCHECKED: fact.proctor_unchecked,
        Kind.SKEW: fact.skew_ms is not None and abs(fact.skew_ms) > SKEW_MARKED_MS,
        Kind.LATE: fact.late,
        Kind.SKEW_UNKNOWN: fact.skew_ms is None and fact.sitting_id is not None,
    }


def _of_kind(chosen: Chosen, kind: str) -> Chosen:
    return Chosen(
        chosen.plan,
        chosen.unit,
        chosen.branch,
        chosen.site,
        chosen.room,
        kind,
        chosen.cleared,
        chosen.unplaced,
    )


def _listed(actor: Actor, chosen: Chosen) -> QuerySet[SignIn]:
    rows = SignIn.objects.filter(review__isnull=not chosen.cleared)
    kind = Kind(chosen.kind) if chosen.kind in CONDITIONS else None
    if kind is not Kind.SKEW_UNKNOWN:
        rows = rows.filter(WORTH_A_LOOK)
    return _in_place(actor, chosen, rows.filter(CONDITIONS[kind] if kind else _PRESSING))


def _in_place(actor: Actor, chosen: Chosen, rows: QuerySet[SignIn]) -> QuerySet[SignIn]:
    """By the rooms in scope; who reaches everything sees what names no room as well."""
    reaches_all = any(grant.is_everywhere for grant in actor.holding(SEE))
    if chosen.unplaced:
        return rows.filter(room_session=None) if reaches_all else rows.none()
    if reaches_all and not chosen.is_placed:
        return rows
    narrowed = {
        "site_unit__unit__plan__code": chosen.plan,
        "site_unit__unit__code": chosen.unit,
        "site_unit__site__branch__code": chosen.branch,
        "site_unit__site__code": chosen.site,
        "room__room_no": chosen.room,
    }
    rooms = access.visible(actor, RoomSession, SEE).filter(**{k: v for k, v in narrowed.items() if v})
    return rows.filter(room_session__in=rooms.order_by().values("pk"))


def _cursor(fact: SignIn) -> str:
    return f"{fact.received_at.isoformat()}~{fact.pk}"


def _read(cursor: str) -> tuple[datetime, UUID] | None:
    """A cursor that a page gave; anything else starts from the newest."""
    at, _, pk = cursor.partition("~")
    try:
        found, key = parse_datetime(at), UUID(pk)
    except ValueError:
        return None
    return (found, key) if found is not None and found.tzinfo is not None else None
