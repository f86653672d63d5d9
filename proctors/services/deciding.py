"""Deciding proctor changes (C8): one or many, the first committed decision wins, nobody decides their own."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from exam_ops.core import access, cutoffs
from exam_ops.core.access import Actor
from exam_ops.core.decided import Answer, Decided
from exam_ops.core.errors import NotAllowed, Refusal
from exam_ops.core.one_room import ONE_ROOM
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Right, Role
from exam_ops.rules.text import Text
from proctors.models import CUTOFF, ProctorChange
from proctors.selectors.changes import RELATED, companions, grouped
from proctors.services import placing, telling, trace
from proctors.services.askers import OnlyDutyOfficer

Status, Window = ProctorChange.Status, ProctorChange.Window
ACTION = "change.decide"
_OUTCOMES = {
    Status.APPLIED: Text("已直接生效", "in force at once"),
    Status.APPROVED: Text("批准", "approved"),
    Status.REJECTED: Text("不批准", "rejected"),
    Status.WITHDRAWN: Text("申请人已撤回", "withdrawn by whoever asked"),
}


class AlreadyDecided(Refusal):
    code, status = "already_decided", 409
    title = Text("已有决定", "Already decided")
    sentence = Text(
        "该变更已由 {decided_by} 于 {decided_at} 处理：{what}。以先提交的决定为准，无需再操作。",
        "{decided_by} has already settled this change at {decided_at}: {what}. "
        "The first decision holds; nothing is left to do.",
    )

    def __init__(self, change: ProctorChange) -> None:
        who = change.decided_by or change.requested_by
        plan = change.site_unit.unit.plan
        at = plan.plan_time(change.decided_at or change.requested_at)
        super().__init__(
            detail=self.sentence.format(
                decided_by=who.name,
                decided_at=at.astimezone(BEIJING).strftime("%m-%d %H:%M"),
                what=_OUTCOMES[Status(change.status)],
            ),
            outcome=change.status,
            decided_by=who.name,
            decided_at=at.isoformat(),
        )


class Expired(Refusal):
    code, status = "expired", 409
    title = Text("申请已失效", "Request expired")
    sentence = Text(
        "截止时仍未决定，申请已失效。仍需更换监考的，请主考提交紧急更换，由分部值班人员批准。",
        "Undecided when its window ended, the request has expired. If the change is still needed, the chief "
        "examiner asks for an emergency replacement and the branch's duty officer grants it.",
    )


class OwnRequest(NotAllowed):
    sentence = Text(
        "不能审批自己提交的变更。请由本分部其他人员决定。",
        "You may not decide your own request. Another officer of the branch must.",
    )


class NotYourRequest(NotAllowed):
    sentence = Text(
        "只有申请人可以撤回。如不应执行，请联系申请人或分部。",
        "Only whoever asked may withdraw it. Ask them, or the branch to reject it.",
    )


def can_decide(
    actor: Actor, changes: Iterable[ProctorChange], *, outcome: str = Status.APPROVED, now: datetime
) -> list[Answer[ProctorChange]]:
    """For each change the reason why `actor` may not give it `outcome` now, or None.

    Page, API and the decision itself ask this. `changes` come with what `RELATED` names. An approval goes for all
    that go together (a swap) or for none: what stands against one of them stands against each.
    """
    asked, once = list(changes), access.Once(actor, ACTION)
    groups = companions({c.batch for c in asked})
    known = {c.pk: c for c in asked}
    missing = {pk for c in asked for pk in groups[c.pk]} - known.keys()
    known |= ProctorChange.objects.select_related(*RELATED).in_bulk(missing) if missing else {}
    answers: dict[UUID, Answer[ProctorChange]] = {}
    for change in asked:
        if change.pk not in answers:
            group = [known[pk] for pk in groups[change.pk]]
            answers |= {a.row.pk: a for a in _answers(actor, group, once, outcome, now)}
    return [answers[change.pk] for change in asked]


def decide(
    change_id: UUID, *, outcome: str, note: str = "", actor: Actor, clock: Callable[[], datetime]
) -> tuple[ProctorChange, bool]:
    """Decides one change; returns it and whether it was decided now (False: the same answer as before).

    Raises `NotFound`, `NotAllowed`, `AlreadyDecided`, `Expired` and what `placing.against` finds.
    """
    access.get(actor, ProctorChange, ACTION, pk=change_id)
    row, is_new = decide_many([change_id], outcome=outcome, note=note, actor=actor, clock=clock).of_one()
    if row.pk != change_id:  # what goes together with it comes first
        row = ProctorChange.objects.select_related(*RELATED).get(pk=change_id)
    return row, is_new


def decide_many(
    change_ids: Iterable[UUID], *, outcome: str, note: str = "", actor: Actor, clock: Callable[[], datetime]
) -> Decided[ProctorChange]:
    """Gives all that may have it one outcome and note; the rest are skipped. What the actor may not see is passed over.

    An approval puts the change onto the roster; one may stand in the next one's way, so each is asked in its
    turn. What goes together with one of them is decided with it (decision 0035).
    `clock` is read when the locks are held. Raises `Expired`, with nothing done, when a window ended
    between that and the commit.
    """
    seen = access.visible(actor, ProctorChange).filter(pk__in=list(change_ids))
    places = _places(seen)
    done = Decided[ProctorChange]()
    with cutoffs.refusing({CUTOFF: Expired, ONE_ROOM: placing.BusyMeanwhile}), transaction.atomic():
        rooms, people = (room for _, room, _ in places), (pk for _, _, pk in places if pk)
        _, now = placing.hold(rooms, people, clock)
        once = access.Once(actor, ACTION)
        for group in grouped(locked(pk for pk, _, _ in places)):
            answers = _answers(actor, group, once, outcome, now)
            _settle([a.row for a in answers if a.refusal is None], Status(outcome), note, actor, now)
            for answer in answers:
                if answer.refusal is None:
                    done.decided.append(answer.row)
                elif _is_repeat(answer.row, answer.refusal, outcome, actor):
                    done.repeated.append(answer.row)
                else:
                    done.skipped.append(answer)
        telling.decided(done.decided, now=now)
        if outcome == Status.APPROVED:
            telling.moved(done.decided, now=now)
    return done


def withdraw(change_id: UUID, *, actor: Actor, clock: Callable[[], datetime]) -> tuple[ProctorChange, bool]:
    """Takes back one's own request while it waits, with what goes together with it; again is the same answer.

    Raises `NotFound`, `NotYourRequest`, `AlreadyDecided`, `Expired`.
    """
    found = access.get(actor, ProctorChange, "change.request", pk=change_id)
    with cutoffs.refusing({CUTOFF: Expired}), transaction.atomic():
        places = _places(ProctorChange.objects.filter(pk=change_id))
        _, now = placing.hold((room for _, room, _ in places), [], clock)
        group = locked(pk for pk, _, _ in places)
        change = next(each for each in group if each.pk == found.pk)
        if change.requested_by_id != actor.user.pk:
            raise NotYourRequest()
        if change.status == Status.WITHDRAWN:
            return change, False
        if refusal := _settled(change, now):
            raise refusal
        _settle([c for c in group if _settled(c, now) is None], Status.WITHDRAWN, "", actor, now)
    return change, True


def _places(seen: QuerySet[ProctorChange]) -> list[tuple[UUID, int, int | None]]:
    """Key, room session and incoming account of the changes and of all that go together with them."""
    groups = companions(seen.values_list("batch", flat=True))
    wanted = {pk for change in seen.values_list("pk", flat=True) for pk in groups[change]}
    rows = ProctorChange.objects.filter(pk__in=wanted)
    return list(rows.values_list("pk", "room_session_id", "incoming_id"))


def locked(ids: Iterable[UUID]) -> list[ProctorChange]:
    """The changes as they stand, held for this transaction, in the order in which they were asked for."""
    rows = ProctorChange.objects.filter(pk__in=list(ids)).order_by("pk")
    held = rows.select_for_update(of=("self",), no_key=True).select_related(*RELATED)
    return sorted(held, key=lambda change: (change.requested_at, str(change.pk)))


def _answers(
    actor: Actor, group: Sequence[ProctorChange], once: access.Once, outcome: str, now: datetime
) -> list[Answer[ProctorChange]]:
    """For each of a group; approved, they go together or not at all."""
    found = [Answer(c, _against(actor, c, group, once, outcome, now)) for c in group]
    first = next((a.refusal for a in found if a.refusal is not None), None)
    if outcome != Status.APPROVED or first is None:
        return found
    return [Answer(a.row, a.refusal or first) for a in found]


def _against(
    actor: Actor,
    change: ProctorChange,
    group: Sequence[ProctorChange],
    once: access.Once,
    outcome: str,
    now: datetime,
) -> Refusal | None:
    if refusal := once.refused(change, change.site_unit_id):
        return refusal
    if change.window == Window.EMERGENCY and not _on_duty(actor, change):
        return OnlyDutyOfficer()
    if change.requested_by_id == actor.user.pk:
        return OwnRequest()
    if refusal := _settled(change, now):
        return refusal
    return placing.against(change, now=now, group=group) if outcome == Status.APPROVED else None


def _settled(change: ProctorChange, now: datetime) -> Refusal | None:
    """Whether it waits no more; one whose window has ended has expired, though no worker has said so."""
    if change.status in _OUTCOMES:
        return AlreadyDecided(change)
    if change.status == Status.EXPIRED or now >= change.window_until:
        return Expired()
    return None


def _on_duty(actor: Actor, change: ProctorChange) -> bool:
    """Whether the actor holds the right of emergencies at the change's branch."""
    branch_id = change.site_unit.site.branch_id
    return any(
        grant.role is Role.BRANCH and grant.branch_id == branch_id and Right.DUTY in grant.rights
        for grant in actor.grants
    )


def _is_repeat(change: ProctorChange, refusal: Refusal, outcome: str, actor: Actor) -> bool:
    same = (change.status, change.decided_by_id) == (outcome, actor.user.pk)
    return same and isinstance(refusal, AlreadyDecided)


def _settle(
    group: Sequence[ProctorChange], outcome: ProctorChange.Status, note: str, actor: Actor, now: datetime
) -> None:
    for change in group:
        _close(change, outcome, note, actor, now)
    if outcome == Status.APPROVED and group:
        placing.put_on_roster(group)
    trace.record(f"change.{outcome}", group, actor=actor.user, now=now)


def _close(
    change: ProctorChange, status: ProctorChange.Status, note: str, actor: Actor, now: datetime
) -> None:
    """The conditional update on `pending`; the row is held, so it can't fail."""
    change.status, change.decision_note = status, note
    change.decided_by, change.decided_at = actor.user, now
    ProctorChange.objects.filter(pk=change.pk, status=Status.PENDING).update(
        status=status, decided_by=actor.user, decided_at=now, decision_note=note
    )
