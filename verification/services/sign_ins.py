"""Sign-ins as phones send them (C0, C12): in batches, each item answered on its own, nothing thrown away.

Set-wise: the number of statements does not grow with the batch.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from exam_ops.core import entry, events, schedule
from exam_ops.core.access import Actor, visible
from exam_ops.core.errors import NotAllowed
from exam_ops.core.models import Event, ExamPlan, RosterRow, SiteUnit, Sitting
from exam_ops.rules.entry import Cause, Entry
from incidents.services import duties
from verification.models import PhoneTally, SignIn
from verification.selectors.entry import effective_status
from verification.services import entry_requests
from verification.services.facts import Fact, Heard, derived_key, hear

Status = SignIn.Status
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one item; `code` is empty unless it was rejected."""

    id: str | None
    status: str
    code: str = ""
    entry_status: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands beside the items: when the phone sent them, and how many checks it has made.

    `on_device_clock`: the times are real ones, to be laid on a drill's clock.
    """

    sent_at: datetime | None = None
    last_seq: int | None = None
    on_device_clock: bool = False

    def on_plan_clock(self, at: datetime, plan: ExamPlan) -> datetime:
        return plan.plan_time(at) if self.on_device_clock else at

    def skew(self, plan: ExamPlan, now: datetime) -> timedelta | None:
        if self.sent_at is None:
            return None
        return plan.plan_time(now) - self.on_plan_clock(self.sent_at, plan)


@dataclass(slots=True)
class Ground:
    """What a batch stands on, read once: the sittings it names, who proctors where, what is known by id."""

    actor: Actor
    envelope: Envelope
    now: datetime
    sittings: dict[int, Sitting] = field(default_factory=dict)
    roster: dict[int, RosterRow] = field(default_factory=dict)  # by room session
    known: dict[UUID, SignIn] = field(default_factory=dict)
    batch: UUID = field(default_factory=uuid4)

    @property
    def here(self) -> int | None:
        """The room session of a fact that names no known sitting: the batch's only one, or the one on duty now."""
        rooms = {s.room_session_id for s in self.sittings.values() if s.room_session_id in self.roster}
        if not rooms:
            rooms = {pk for pk, row in self.roster.items() if _is_on(row.room_session.site_unit, self.now)}
        return rooms.pop() if len(rooms) == 1 else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """The answers in the order of the items, and the plan they are about, where one is known."""

    results: list[Result]
    plan: ExamPlan | None


def record(raws: Sequence[Any], envelope: Envelope, *, actor: Actor, now: datetime) -> Recorded:
    """Takes in a batch of checks from a phone; refuses as a whole only with `NotAllowed`.

    Everything readable is kept under its id with its own time, the server's and the skew. A replay is
    answered as the first time, after the close too.
    """
    actor.require("sign_in.record")
    if actor.device_id is None:
        raise NotAllowed()
    heard = [hear(raw) for raw in raws]
    seen = _seen(heard, actor)
    with transaction.atomic():
        schedule.hold(seen.values())
        ground = _ground(heard, seen, envelope, actor, now)
        rows = _take_in(heard, ground)
        fresh = _store([row for row in rows if row is not None], ground)
        _apply(fresh, ground)
        _keep_tally(heard, ground)
        results = [_answer(h, row, ground) for h, row in zip(heard, rows, strict=True)]
    sitting = next(iter(ground.sittings.values()), None)
    return Recorded(results, sitting.site_unit.unit.plan if sitting else None)


def _seen(heard: Iterable[Heard], actor: Actor) -> dict[int, int]:
    """Sitting → site unit of those in the proctor's scope; others do not exist for them."""
    named = {h.fact.sitting for h in heard if h.fact and h.fact.sitting is not None}
    rows = visible(actor, Sitting, "sign_in.record").filter(pk__in=named)
    return dict(rows.values_list("pk", "site_unit_id"))


def _ground(
    heard: list[Heard], seen: dict[int, int], envelope: Envelope, actor: Actor, now: datetime
) -> Ground:
    ground = Ground(actor, envelope, now)
    locked = Sitting.objects.filter(pk__in=seen).order_by("pk").select_for_update(of=("self",))
    ground.sittings = {s.pk: s for s in locked.select_related("site_unit__unit__plan", "room_session")}
    rooms = {s.room_session_id for s in ground.sittings.values()}
    recent = Q(room_session__site_unit__ends_at__gt=now - timedelta(days=1))
    own = RosterRow.objects.filter(recent | Q(room_session__in=rooms), proctor=actor.user)
    ground.roster = {row.room_session_id: row for row in own.select_related("room_session__site_unit")}
    keys = {h.key for h in heard} | {_aside(h) for h in heard}
    ground.known = {row.pk: row for row in SignIn.objects.filter(pk__in=keys)}
    return ground


def _take_in(heard: list[Heard], ground: Ground) -> list[SignIn | None]:
    """The unsaved row of each new item; None for one that is known already, in the store or in this batch."""
    rows: list[SignIn | None] = []
    for item in heard:
        known = ground.known.get(item.key)
        if known is None:
            row = ground.known[item.key] = _row(item, ground, _code(item, ground))
        elif _is_same(known, item, ground) or _aside(item) in ground.known:
            row = None
        else:
            row = ground.known[_aside(item)] = _row(item, ground, "id_reused")
            row.id = _aside(item)
        rows.append(row)
    return rows


def _code(item: Heard, ground: Ground) -> str:
    """Why the item can't be applied; empty when it can."""
    fact = item.fact
    if fact is None:
        return "invalid"
    sitting = ground.sittings.get(fact.sitting) if fact.sitting is not None else None
    if sitting is None:
        return "unknown_sitting"
    if sitting.room_session_id not in ground.roster:
        return "out_of_scope"
    site_unit = sitting.site_unit
    if not _is_in_window(_checked_at(fact, sitting, ground), site_unit, ground.now):
        return "not_open"
    if fact.passed and sitting.entry_status == Entry.REJECTED:
        return "entry_rejected"
    if fact.method == SignIn.Method.MANUAL and not site_unit.manual_check_for_all:
        return "manual_not_allowed"
    return ""


def _is_in_window(checked_at: datetime, site_unit: SiteUnit, now: datetime) -> bool:
    """Captured while entry was open; it may arrive later, but not before entry opens."""
    opens, closes = site_unit.entry_opens_at, site_unit.entry_closes_at
    return opens <= checked_at < closes and now >= opens


def _checked_at(fact: Fact, sitting: Sitting, ground: Ground) -> datetime:
    """The real instant of the check, corrected by the phone's skew where that is known."""
    plan = sitting.site_unit.unit.plan
    at = plan.real_time(ground.envelope.on_plan_clock(fact.at, plan))
    return at + (ground.envelope.skew(plan, ground.now) or timedelta(0))


def _row(item: Heard, ground: Ground, code: str) -> SignIn:
    row = SignIn(
        id=item.key,
        proctor=ground.actor.user,
        reported_id=item.reported_id,
        room_session_id=ground.here,
        received_at=ground.now,
        status=Status.REJECTED if code else Status.CREATED,
        code=code,
        fingerprint=item.mark,
        batch=ground.batch,
    )
    if item.fact is None:
        row.reported = item.kept
        return row
    return _fill(row, item.fact, ground)


def _fill(row: SignIn, fact: Fact, ground: Ground) -> SignIn:
    row.reported_sitting = fact.reported_sitting
    row.method, row.outcome, row.score = fact.method, fact.outcome, fact.score
    row.device_id, row.device_seq, row.captured_at = fact.device_id, fact.device_seq, fact.at
    sitting = ground.sittings.get(fact.sitting) if fact.sitting is not None else None
    if sitting is None:
        return row
    plan = sitting.site_unit.unit.plan
    row.sitting, row.room_session_id = sitting, sitting.room_session_id
    row.captured_at = ground.envelope.on_plan_clock(fact.at, plan)
    skew = ground.envelope.skew(plan, ground.now)
    row.skew_ms = None if skew is None else skew // MILLISECOND
    row.late = row.status == Status.CREATED and ground.now >= sitting.site_unit.entry_closes_at
    duty = ground.roster.get(sitting.room_session_id)
    row.proctor_unchecked = duty is not None and duty.checked_at is None
    return row


def _store(rows: list[SignIn], ground: Ground) -> list[SignIn]:
    """Saves new rows; of a twin that came at the same moment the first stays, and ours is dropped."""
    if not rows:
        return []
    SignIn.objects.bulk_create(rows, ignore_conflicts=True)
    stored = {row.pk: row for row in SignIn.objects.filter(pk__in=[row.pk for row in rows])}
    ground.known |= {pk: row for pk, row in stored.items() if row.batch != ground.batch}
    return [row for row in rows if stored[row.pk].batch == ground.batch]


def _apply(fresh: list[SignIn], ground: Ground) -> None:
    """Moves the sittings that new facts move, and writes down what came."""
    valid = [row for row in fresh if row.status == Status.CREATED]
    failed = Counter(row.sitting_id for row in valid if row.outcome == "failed")
    sittings = [ground.sittings[pk] for pk in sorted({row.sitting_id for row in valid})]
    entry.count_failed(sittings, failed)
    _let_in([row for row in valid if row.outcome == "passed"], ground)
    _write_events(fresh, ground)


def _let_in(passed: list[SignIn], ground: Ground) -> None:
    first: dict[int, SignIn] = {}
    for row in passed:
        first.setdefault(row.sitting_id, row)
    candidates = [ground.sittings[pk] for pk in sorted(first)]
    was_pending = [s for s in candidates if s.entry_status == Entry.PENDING]
    late = [s for s in candidates if first[s.pk].late or s.entry_status == Entry.ABSENT]
    in_time = [s for s in candidates if s not in late]
    moved = [
        *(entry.move(in_time, Cause.PASSED, now=ground.now) if in_time else ()),
        *(entry.move(late, Cause.LATE_ARRIVAL, now=ground.now, late=True) if late else ()),
    ]
    for sitting in moved:
        first[sitting.pk].effective = True
    SignIn.objects.filter(pk__in=[first[s.pk].pk for s in moved]).update(effective=True)
    if was_pending:
        entry_requests.withdraw(was_pending, actor=ground.actor.user, now=ground.now)
    if owed := [s for s in moved if s.emergency]:
        duties.drop_for(owed, why="signed_in", actor=ground.actor.user, now=ground.now)


def _write_events(fresh: list[SignIn], ground: Ground) -> None:
    built = []
    for row in fresh:
        sitting = row.sitting
        site_unit = sitting.site_unit if sitting else None
        what = "rejected" if row.code else "late" if row.late else row.outcome
        built.append(
            events.build(
                f"sign_in.{what}",
                now=ground.now,
                actor=ground.actor.user,
                site_unit=site_unit,
                room_session=sitting.room_session if sitting else None,
                sitting=sitting,
                subject=str(row.pk),
                effective=row.effective,
                **({"code": row.code} if row.code else {}),
            )
        )
    Event.objects.bulk_create(built)


def _keep_tally(heard: list[Heard], ground: Ground) -> None:
    """Remembers how many checks each phone says it has made in its room."""
    room, last = ground.here, ground.envelope.last_seq
    phones = {h.fact.device_id for h in heard if h.fact}
    if room is None or last is None or len(phones) != 1:
        return
    device_id = phones.pop()
    tally, is_new = PhoneTally.objects.get_or_create(
        room_session_id=room,
        device_id=device_id,
        defaults={"last_seq": last, "heard_at": ground.now},
    )
    if not is_new and last > tally.last_seq:
        PhoneTally.objects.filter(pk=tally.pk, last_seq__lt=last).update(last_seq=last, heard_at=ground.now)


def _answer(item: Heard, row: SignIn | None, ground: Ground) -> Result:
    """The answer as the store has it now: a twin that was faster counts."""
    known = ground.known[item.key]
    given = item.echo
    entry_status = _entry_status(item, ground)
    if not _is_same(known, item, ground):
        return Result(given, "rejected", "id_reused", entry_status)
    if known.status == Status.REJECTED:
        return Result(given, "rejected", known.code, entry_status)
    is_new = row is not None and known.batch == ground.batch
    return Result(given, "created" if is_new else "duplicate", "", entry_status)


def _entry_status(item: Heard, ground: Ground) -> str | None:
    sitting = ground.sittings.get(item.fact.sitting) if item.fact and item.fact.sitting is not None else None
    if sitting is None or sitting.room_session_id not in ground.roster:
        return None
    return effective_status(sitting, sitting.site_unit, now=ground.now).value


def _is_same(known: SignIn, item: Heard, ground: Ground) -> bool:
    return (known.fingerprint, known.proctor_id) == (item.mark, ground.actor.user.pk)


def _aside(item: Heard) -> UUID:
    """The key of a fact whose id is taken by another: kept as well, for people to look at."""
    return derived_key(f"{item.key}{item.mark}")


def _is_on(site_unit: SiteUnit, now: datetime) -> bool:
    return site_unit.entry_opens_at <= now < site_unit.ends_at
