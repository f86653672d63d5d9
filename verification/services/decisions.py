"""Decisions on entry requests (C3, C4): one or many, the first committed one wins, the next is told who and when."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from exam_ops.core import access, entry, schedule
from exam_ops.core.access import Actor
from exam_ops.core.decided import Answer, Decided
from exam_ops.core.errors import NotAllowed, Refusal
from exam_ops.core.models import Sitting
from exam_ops.rules.entry import Cause
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from incidents.services import duties
from verification.models import EntryRequest
from verification.services.entry_requests import locked_sittings, write_events

Status = EntryRequest.Status
CAUSES = {Status.APPROVED: Cause.APPROVAL, Status.REJECTED: Cause.REJECTION}
OUTCOMES = {
    Status.APPROVED: Text("批准", "approved"),
    Status.REJECTED: Text("不批准", "rejected"),
    Status.WITHDRAWN: Text("撤回（考生已签到）", "withdrawn (signed in meanwhile)"),
}


class AlreadyDecided(Refusal):
    code, status = "already_decided", 409
    title = Text("已有决定", "Already decided")
    sentence = Text(
        "该申请已由 {decided_by} 于 {decided_at} 处理：{what}。以先提交的决定为准，无需再操作。",
        "{decided_by} has already settled this request at {decided_at}: {what}. The first decision holds; nothing is left to do.",
    )

    def __init__(self, request: EntryRequest) -> None:
        name = request.decided_by.name if request.decided_by else ""
        plan = request.site_unit.unit.plan
        at = plan.plan_time(request.decided_at) if request.decided_at else None
        super().__init__(
            detail=self.sentence.format(
                decided_by=name or Text("系统", "The system"),
                decided_at=at.astimezone(BEIJING).strftime("%H:%M") if at else "",
                what=OUTCOMES[Status(request.status)],
            ),
            outcome=request.status,
            decided_by=name,
            decided_at=at.isoformat() if at else None,
        )


class SignedInMeanwhile(AlreadyDecided):
    title = Text("考生已签到", "Signed in meanwhile")


class Expired(Refusal):
    code, status = "expired", 409
    title = Text("申请已失效", "Request expired")
    sentence = Text(
        "截止入场时仍未决定，申请已失效，考生未获准入场。如确属系统或考点原因，请上报分部。",
        "Undecided at close of entry, the request has expired: not admitted. Tell the branch if the site was at fault.",
    )


class OwnRequest(NotAllowed):
    sentence = Text(
        "不能审批自己提交的申请。请由主考或其他受托人决定。",
        "You may not decide your own request. The chief examiner or another deputy must.",
    )


def can_decide(
    actor: Actor, requests: Iterable[EntryRequest], *, now: datetime
) -> list[Answer[EntryRequest]]:
    """For each request the reason why `actor` may not decide it now, or None: the preview of a bulk decision.

    Page, API and the decision itself ask this. `requests` come with `site_unit` loaded.
    """
    once = access.Once(actor, "entry.decide")
    return [Answer(r, _against(actor, r, once, now)) for r in requests]


def decide(
    request_id: UUID, *, outcome: str, note: str = "", actor: Actor, now: datetime
) -> tuple[EntryRequest, bool]:
    """Decides one request; returns it and whether it was decided now (False: the same answer as before).

    Raises `NotFound`, `NotAllowed`, `AlreadyDecided`, `Expired`.
    """
    access.get(actor, EntryRequest, "entry.decide", pk=request_id)
    return decide_many([request_id], outcome=outcome, note=note, actor=actor, now=now).of_one()


@transaction.atomic
def decide_many(
    request_ids: Iterable[UUID | str], *, outcome: str, note: str = "", actor: Actor, now: datetime
) -> Decided[EntryRequest]:
    """Decides those of the requests that may be decided, all with one outcome and note; the rest are skipped.

    What the actor may not see is passed over. Approval opens an evidence duty (C3).
    """
    ids = [UUID(str(id)) for id in request_ids]
    places = dict(
        access.visible(actor, EntryRequest).filter(pk__in=ids).values_list("sitting_id", "site_unit_id")
    )
    schedule.hold(places.values())
    sittings = {s.pk: s for s in locked_sittings(places)}
    done, free = Decided[EntryRequest](), []
    for answer in can_decide(actor, _loaded(ids, sittings), now=now):
        if answer.refusal is None:
            free.append(answer.row)
        elif _is_repeat(answer, outcome, actor):
            done.repeated.append(answer.row)
        else:
            done.skipped.append(answer)
    done.decided = settle(free, sittings, outcome=Status(outcome), note=note, actor=actor, now=now)
    return done


def _against(actor: Actor, request: EntryRequest, once: access.Once, now: datetime) -> Refusal | None:
    if refusal := once.refused(request, request.site_unit_id):
        return refusal
    if request.requester_id == actor.user.pk:
        return OwnRequest()
    if request.status == Status.WITHDRAWN:
        return SignedInMeanwhile(request)
    if request.status in CAUSES:
        return AlreadyDecided(request)
    if request.status == Status.EXPIRED or now >= request.site_unit.entry_closes_at:
        return Expired()
    return None


def _is_repeat(answer: Answer[EntryRequest], outcome: str, actor: Actor) -> bool:
    request = answer.row
    same = (request.status, request.decided_by_id) == (outcome, actor.user.pk)
    return same and isinstance(answer.refusal, AlreadyDecided)


def _loaded(ids: Sequence[UUID], sittings: dict[int, Sitting]) -> list[EntryRequest]:
    """The requests as they stand now that their sittings are locked, in the order asked for."""
    rows = EntryRequest.objects.filter(pk__in=ids, sitting__in=sittings).order_by("pk")
    rows = rows.select_for_update(of=("self",), no_key=True).select_related(
        "site_unit__unit__plan", "room_session__site_unit__unit__plan", "decided_by", "incident", "requester"
    )
    by_pk = {r.pk: r for r in rows}
    for request in by_pk.values():
        request.sitting = sittings[request.sitting_id]
    return [by_pk[pk] for pk in dict.fromkeys(ids) if pk in by_pk]


def settle(
    requests: list[EntryRequest],
    sittings: dict[int, Sitting],
    *,
    outcome: Any,
    note: str,
    actor: Actor,
    now: datetime,
) -> list[EntryRequest]:
    """Decides requests whose sittings are locked: the conditional update on `pending`, then what follows from it.

    The caller has asked `can_decide`. An approval opens an evidence duty (C3).
    """
    rows = EntryRequest.objects.filter(pk__in=[r.pk for r in requests], status=Status.PENDING)
    rows.update(status=outcome, decided_by=actor.user, decided_at=now, decision_note=note)
    for request in requests:
        request.status, request.decided_by, request.decided_at = outcome, actor.user, now
        request.decision_note = note
    entry.move([sittings[r.sitting_id] for r in requests], CAUSES[outcome], now=now)
    if outcome == Status.APPROVED:
        _open_duties(requests, actor, now)
    write_events(f"entry.{outcome}", requests, actor=actor.user, now=now)
    return requests


def _open_duties(requests: list[EntryRequest], actor: Actor, now: datetime) -> None:
    groups: dict[tuple[int, int | None], list[EntryRequest]] = defaultdict(list)
    for request in requests:
        groups[request.room_session_id, request.incident_id].append(request)
    for group in groups.values():
        duties.open_for(
            [r.sitting for r in group],
            cause="C3",
            room_session=group[0].room_session,
            incident=group[0].incident,
            actor=actor.user,
            now=now,
        )
