"""Decisions of headquarters (总部指令, A4): proposed with a preview, confirmed where the policy says so, in force at once.

All that a decision moves is one transaction: times, deadlines, what the old time had closed, the broadcast.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from exam_ops.core import events, moves, policies
from exam_ops.core.deadlines import registry
from exam_ops.core.errors import FieldError, Invalid
from exam_ops.core.models import SiteUnit, User
from exam_ops.rules import decisions as rules
from exam_ops.rules.decisions import GRAVE, Kind, Wish
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.policy import Policy
from exam_ops.rules.text import Text
from incidents.models import Decision, DecisionTarget, Incident
from incidents.services import decision_broadcast as broadcast
from incidents.services import decision_refusals as refusals
from incidents.services import decision_words as words
from incidents.services import timeline
from incidents.services.decision_preview import Preview, Scope, look

Status = Decision.Status


def preview(wish: Wish, scope: Scope, *, incident: Incident | None = None, now: datetime) -> Preview:
    """What the decision would move, leave out, reopen. Raises what `propose` does, but for the reason."""
    site_units = list(scope.site_units())
    _check(wish, scope, site_units, incident)
    found = look(wish, site_units, scope.plan, now=now)
    found.require_something()
    return found


@transaction.atomic
def propose(
    wish: Wish,
    scope: Scope,
    *,
    reason: str,
    departments: str = "",
    incident: Incident | None = None,
    uid: UUID | None = None,
    actor: User,
    now: datetime,
) -> Decision:
    """Records a decision; in force at once, or waiting for a second person where the plan's policy says so.

    `departments` are those that headquarters consulted; the same `uid` again is the same decision.
    Raises `Invalid` (fields of the wish, no reason), `NothingInScope`, the refusals of reopening evidence,
    or why no site unit at all can be reached.
    """
    if not reason.strip():
        said = Text("请写明理由。指令会连同理由下发。", "Say why: the decision is sent out with its reason.")
        raise Invalid(errors=[FieldError("reason", "required", said)])
    held = moves.hold(scope.plan, scope.site_units().order_by().values_list("pk", flat=True))
    if (known := Decision.objects.filter(uid=uid).first() if uid else None) is not None:
        return known
    _check(wish, scope, held, incident)
    found = look(wish, held, scope.plan, now=now)
    found.require_something()
    decision = Decision.objects.create(
        uid=uid or uuid4(),
        plan=scope.plan,
        reason=reason.strip(),
        departments=departments.strip(),
        incident=incident,
        proposed_by=actor,
        proposed_at=now,
        **words.fields_of(wish),
    )
    decision.number = f"ZL{scope.plan.plan_time(now).astimezone(BEIJING):%y%m%d}-{decision.pk:04d}"
    decision.save(update_fields=["number"])
    _write_targets(decision, found)
    policy = policies.of(scope.plan)
    if policy.hq_confirms:
        _wait(decision, found, policy, now)
    else:
        _take_effect(decision, found, by=actor, now=now)
    return decision


@transaction.atomic
def confirm(decision: Decision, *, note: str = "", actor: User, now: datetime) -> tuple[Decision, bool]:
    """A second person puts the decision in force, under a fresh preview; the same person again is the same answer.

    Raises `OwnDecision`, `ConfirmationIsOver`, `AlreadySettled`, or why nothing can be reached any more.
    """
    ids = decision.targets.values_list("site_unit_id", flat=True)
    held = moves.hold(decision.plan, ids)
    decision = _locked(decision)
    if _is_repeat(decision, Status.EFFECTIVE, actor):
        return decision, False
    _check_second(decision, actor, now)
    found = look(words.wish_of(decision), held, decision.plan, now=now)
    found.require_something()
    decision.settled_note = note.strip()
    _write_targets(decision, found)
    _take_effect(decision, found, by=actor, now=now)
    return decision, True


@transaction.atomic
def refuse(decision: Decision, *, note: str, actor: User, now: datetime) -> tuple[Decision, bool]:
    """A second person refuses it, and says why. Raises as `confirm`, `Invalid` without a note."""
    decision = _locked(decision)
    if _is_repeat(decision, Status.REFUSED, actor):
        return decision, False
    _check_second(decision, actor, now)
    if not note.strip():
        said = Text("请说明驳回的理由。", "Say why you refuse it.")
        raise Invalid(errors=[FieldError("note", "required", said)])
    _settle(decision, Status.REFUSED, note=note, by=actor, now=now)
    return decision, True


@transaction.atomic
def withdraw(decision: Decision, *, note: str = "", actor: User, now: datetime) -> tuple[Decision, bool]:
    """Who proposed it takes it back before it is settled. Raises `NotYours`, `AlreadySettled`."""
    decision = _locked(decision)
    if _is_repeat(decision, Status.WITHDRAWN, actor):
        return decision, False
    if decision.proposed_by_id != actor.pk:
        raise refusals.NotYours()
    _check_waits(decision)
    _settle(decision, Status.WITHDRAWN, note=note, by=actor, now=now)
    return decision, True


@registry.sweeps(Decision, related=("plan", "proposed_by", "incident__site_unit__unit__plan"))
def expire(batch: Sequence[Decision], now: datetime) -> None:
    """Decisions that nobody confirmed in time lapse; who proposed them is told."""
    for decision in batch:
        if decision.status == Status.PROPOSED:
            _settle(decision, Status.EXPIRED, note="", by=None, now=now)
        else:
            Decision.objects.filter(pk=decision.pk).update(next_due_at=None)


def _check(wish: Wish, scope: Scope, site_units: Sequence[SiteUnit], incident: Incident | None) -> None:
    """What must hold of the decision as a whole."""
    policy = policies.of(scope.plan)
    errors = []
    if not rules.minutes_fit(wish, policy):
        most = policy.decision_minutes_most
        said = Text("请填写 1 到 {most} 分钟。", "Give 1 to {most} minutes.").format(most=most)
        errors.append(FieldError("minutes", "out_of_range", said))
    if wish.kind is Kind.MOVE and not (wish.new_start or wish.new_place.strip()):
        said = Text("请填写新的开考时间或新地址。", "Give a new start or a new place.")
        errors.append(FieldError("new_start", "required", said))
    if wish.kind is Kind.MOVE and wish.new_start and len(set(scope.units)) > 1:
        said = Text("改到新的开考时间一次只能选一个单元。", "A new start is for one unit at a time.")
        errors.append(FieldError("units", "one_only", said))
    if errors:
        raise Invalid(errors=errors)
    if not site_units:
        raise refusals.NothingInScope()
    if wish.kind is Kind.REOPEN_EVIDENCE:
        _check_reopening(site_units, incident, policy)


def _check_reopening(site_units: Sequence[SiteUnit], incident: Incident | None, policy: Policy) -> None:
    """Reading 20: one unit of one site, for a grave incident of that site, where the policy lets it."""
    if not policy.evidence_may_reopen:
        raise refusals.ReopeningIsOff()
    if len(site_units) > 1:
        raise refusals.OneSiteUnitOnly()
    its = incident.site_unit if incident else None
    if incident is None or its is None or incident.grade > GRAVE or its.site_id != site_units[0].site_id:
        raise refusals.GraveIncidentRequired()


def _locked(decision: Decision) -> Decision:
    rows = Decision.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("plan", "proposed_by", "settled_by", "incident__site_unit__unit__plan").get(
        pk=decision.pk
    )


def _is_repeat(decision: Decision, status: str, actor: User) -> bool:
    """The same person's same outcome again; what took effect unconfirmed was never theirs to confirm."""
    is_same = decision.status == status and decision.settled_by_id == actor.pk
    return is_same and (status == Status.WITHDRAWN or decision.proposed_by_id != actor.pk)


def _check_waits(decision: Decision) -> None:
    if decision.status == Status.EXPIRED:
        raise refusals.ConfirmationIsOver(until=_shown(decision, decision.settled_at))
    if decision.status != Status.PROPOSED:
        raise refusals.AlreadySettled(
            by=decision.settled_by.name if decision.settled_by else "",
            at=_shown(decision, decision.settled_at),
            outcome=words.STATUSES[decision.status],
        )


def _check_second(decision: Decision, actor: User, now: datetime) -> None:
    _check_waits(decision)
    if decision.proposed_by_id == actor.pk:
        raise refusals.OwnDecision()
    if decision.next_due_at is None or now >= decision.next_due_at:
        raise refusals.ConfirmationIsOver(until=_shown(decision, decision.next_due_at))


def _shown(decision: Decision, at: datetime | None) -> str:
    return refusals.shown(decision.plan.plan_time(at)) if at else ""


def _write_targets(decision: Decision, found: Preview) -> None:
    """The site units as they stood and will stand; why one is left out stands with it."""
    times = found.times()
    DecisionTarget.objects.filter(decision=decision).delete()
    DecisionTarget.objects.bulk_create(
        [
            DecisionTarget(
                decision=decision,
                site_unit=line.site_unit,
                before=moves.times_of(line.site_unit).as_json(),
                after={"why": line.why.value} if line.why else times[line.site_unit.pk].as_json(),
            )
            for line in found.lines
        ],
        batch_size=1000,
    )


def _wait(decision: Decision, found: Preview, policy: Policy, now: datetime) -> None:
    decision.next_due_at = now + policy.hq_confirms_within
    decision.outcome = _outcome(found)
    decision.save(update_fields=["next_due_at", "outcome"])
    _write_down(decision, "decision.proposed", by=decision.proposed_by, now=now)
    broadcast.ask_to_confirm(decision, now=now)


def _take_effect(decision: Decision, found: Preview, *, by: User, now: datetime) -> None:
    """In the transaction that holds the plan and the site units."""
    moving = [line.site_unit for line in found.moving]
    moves.move(moving, times=found.times(), now=now, actor=by, subject=decision.number or "")
    decision.outcome = _outcome(found)
    decision.status, decision.settled_by, decision.settled_at = Status.EFFECTIVE, by, now
    decision.next_due_at = None
    decision.save()
    _write_down(decision, "decision.effective", by=by, now=now)
    broadcast.send(decision, moving, now=now)


def _settle(decision: Decision, status: str, *, note: str, by: User | None, now: datetime) -> None:
    decision.status, decision.settled_by, decision.settled_at = status, by, now
    decision.settled_note, decision.next_due_at = note.strip(), None
    decision.save(update_fields=["status", "settled_by", "settled_at", "settled_note", "next_due_at"])
    _write_down(decision, f"decision.{status}", by=by, now=now)
    if by is None or by.pk != decision.proposed_by_id:
        broadcast.tell_proposer(decision, now=now)


def _outcome(found: Preview) -> dict[str, Any]:
    """What it moved, left out and reopened, counted; labels stand with the figures, as they were read."""
    return {
        "moved": len(found.moving),
        "skipped": {why.value: n for why, n in found.skipped.items()},
        "reopened": [{"label": label.both, "count": n} for label, n in found.reopened],
        "warnings": [{"label": label.both, "count": n} for label, n in found.warnings.items()],
    }


def _write_down(decision: Decision, kind: str, *, by: User | None, now: datetime) -> None:
    """The event of the plan, and a line in the linked incident's timeline."""
    said = words.said(words.wish_of(decision))
    number = decision.number or ""
    outcome = decision.outcome
    events.record(
        kind, now=now, actor=by, plan=decision.plan, subject=number, said=said.both, outcome=outcome
    )
    if decision.incident is not None:
        timeline.write(decision.incident, kind.replace(".", "_"), now=now, actor=by, note=said, number=number)
