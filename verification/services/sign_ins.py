"""Sign-ins as phones send them (C0, C12): in batches, each item answered on its own, nothing thrown away.

Set-wise: the number of statements does not grow with the batch.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from msgspec import Struct

from exam_ops.core import entry, events, schedule
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotAllowed
from exam_ops.core.models import Event, ExamPlan, SiteUnit, Sitting, User
from exam_ops.rules.entry import Cause, Entry
from incidents.services import duties
from verification.models import Outcome, SignIn
from verification.selectors.entry import effective_status
from verification.services import entry_requests, tallies
from verification.services.facts import Fact, Heard, hear
from verification.services.ground import Envelope, Ground, aside, in_scope, stand

Status = SignIn.Status
MILLISECOND = timedelta(milliseconds=1)


class Result(Struct, frozen=True, gc=False):
    """The answer to one item, as the contract has it; `code` is None unless it was rejected."""

    id: str | None
    status: str
    code: str | None = None
    entry_status: str | None = None


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
    seen = in_scope(heard, actor)
    with transaction.atomic():
        schedule.hold(seen.values())
        ground = stand(heard, seen, Ground(actor, envelope, now))
        rows = _take_in(heard, ground)
        fresh = _store([row for row in rows if row is not None], ground)
        _apply(fresh, ground)
        _keep_tallies(heard, fresh, ground)
        results = [_answer(h, row, ground) for h, row in zip(heard, rows, strict=True)]
    sitting = next(iter(ground.sittings.values()), None)
    return Recorded(results, sitting.site_unit.unit.plan if sitting else None)


def _take_in(heard: list[Heard], ground: Ground) -> list[SignIn | None]:
    """The unsaved row of each new item; None for one that is known already, in the store or in this batch."""
    rows: list[SignIn | None] = []
    for item in heard:
        known = ground.known.get(item.key)
        if known is None:
            row = ground.known[item.key] = _row(item, ground, _code(item, ground))
        elif _is_same(known, item, ground) or aside(item) in ground.known:
            row = None
        else:
            row = ground.known[aside(item)] = _row(item, ground, "id_reused")
            row.id = aside(item)
        rows.append(row)
    return rows


def _code(item: Heard, ground: Ground) -> str:
    """Why the item can't be applied; empty when it can."""
    fact = item.fact
    if fact is None:
        return "invalid"
    sitting = ground.sitting_of(fact)
    if sitting is None:
        return "unknown_sitting"
    if ground.duty_for(sitting) is None:
        return "out_of_scope"
    site_unit = sitting.site_unit
    if not _is_in_window(ground.checked_at(fact, sitting), site_unit, ground.now):
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
    sitting = ground.sitting_of(fact)
    if sitting is None:
        return row
    plan = sitting.site_unit.unit.plan
    row.sitting, row.room_session = sitting, sitting.room_session
    row.captured_at = ground.envelope.on_plan_clock(fact.at, plan)
    skew = ground.envelope.skew(plan, ground.now)
    row.skew_ms = None if skew is None else skew // MILLISECOND
    row.late = row.status == Status.CREATED and ground.now >= sitting.site_unit.entry_closes_at
    duty = ground.duty_for(sitting)
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
    valid = [(row, row.sitting) for row in fresh if row.status == Status.CREATED and row.sitting]
    failed = Counter(sitting.pk for row, sitting in valid if row.outcome == Outcome.FAILED)
    entry.count_failed([ground.sittings[pk] for pk in sorted(failed)], failed)
    first: dict[int, SignIn] = {}
    for row, sitting in valid:
        if row.outcome == Outcome.PASSED:
            first.setdefault(sitting.pk, row)
    if first:
        _let_in(first, ground)
    _write_events(fresh, ground)


def _let_in(first: dict[int, SignIn], ground: Ground) -> None:
    """Signs in the sittings (primary keys of `first`) that a pass may move; who moved it is effective."""
    candidates = [ground.sittings[pk] for pk in sorted(first)]
    was_pending = [s for s in candidates if s.entry_status == Entry.PENDING]
    late = [s for s in candidates if first[s.pk].late or s.entry_status == Entry.ABSENT]
    in_time = [s for s in candidates if s not in late]
    moved = [
        *entry.move(in_time, Cause.PASSED, now=ground.now),
        *entry.move(late, Cause.LATE_ARRIVAL, now=ground.now, late=True),
    ]
    for sitting in moved:
        first[sitting.pk].effective = True
    SignIn.objects.filter(pk__in=[first[s.pk].pk for s in moved]).update(effective=True)
    release(moved, was_pending, actor=ground.actor.user, now=ground.now)


def release(people: Iterable[Sitting], waiting: Sequence[Sitting], *, actor: User, now: datetime) -> None:
    """What ends when `people` have been signed in: the requests of those `waiting`, the evidence owed for all (C6)."""
    if waiting:
        entry_requests.withdraw(waiting, actor=actor, now=now)
    if owed := [sitting for sitting in people if sitting.emergency]:
        duties.drop_for(owed, why="signed_in", actor=actor, now=now)


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
                code=row.code,
            )
        )
    Event.objects.bulk_create(built)


def _keep_tallies(heard: list[Heard], fresh: list[SignIn], ground: Ground) -> None:
    """Remembers which numbers of each phone arrived, and how many checks it says it has made in its room."""
    arrived: dict[tallies.Phone, set[int]] = defaultdict(set)
    for row in fresh:
        if row.room_session_id and row.device_id and row.device_seq:
            arrived[row.room_session_id, row.device_id].add(row.device_seq)
    room, last = ground.here, ground.envelope.last_seq
    phones = {h.fact.device_id for h in heard if h.fact}
    told = {(room, phones.pop()): last} if room and last is not None and len(phones) == 1 else {}
    tallies.keep(arrived, told, now=ground.now)


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
    return Result(given, "created" if is_new else "duplicate", None, entry_status)


def _entry_status(item: Heard, ground: Ground) -> str | None:
    sitting = ground.sitting_of(item.fact)
    if sitting is None or ground.duty_for(sitting) is None:
        return None
    return effective_status(sitting, sitting.site_unit, now=ground.now).value


def _is_same(known: SignIn, item: Heard, ground: Ground) -> bool:
    return (known.fingerprint, known.proctor_id) == (item.mark, ground.actor.user.pk)
