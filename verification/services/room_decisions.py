"""One decision for a room whose faces cannot be checked, naming its candidates (C5, C7; readings 10 and 11).

The plan asks the chief for one decision about the room, on the web, for the App is what failed. Whoever
reported the room asks for its candidates by that report: who has no request yet gets one in that person's
name, and the chief decides. So nobody decides what they asked for themselves (decision 0018).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from exam_ops.core import access, events
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotOpen, Refusal
from exam_ops.core.models import RoomSession, Sitting, User
from exam_ops.rules.entry import Entry
from exam_ops.rules.escalation import Level
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from incidents.models import Incident, Report
from incidents.services import messages, opening, timeline
from verification.models import EntryRequest
from verification.selectors.blocked_rooms import REASON_OF, open_incidents
from verification.services import decisions
from verification.services.decisions import AlreadyDecided, OwnRequest
from verification.services.entry_requests import AlreadySignedIn
from verification.services.room_requests import (
    NobodyLeft,
    RoomAsked,
    Skipped,
    UnknownSitting,
    chosen,
    create,
    hold_room,
    requests_before,
)

ACTION = "entry.decide"
OPEN_TO = (Entry.NOT_SIGNED_IN, Entry.PENDING)  # whom a decision means when it names nobody
Status = EntryRequest.Status
REPORTERS = (Role.PROCTOR, Role.SITE, Role.CHIEF)  # of that site: whose report asks for the room's candidates


class NotBlocked(Refusal):
    code, status = "room_not_blocked", 409
    title = Text("考场没有未办结的核验受阻事件", "The room is not blocked")
    sentence = Text(
        "本考场没有未办结的核验受阻事件（如两位监考均无法登录、扫描无反馈），不能按考场统一决定。请逐名审批，或先上报事件。",
        "No open incident blocks this room's check (both proctors locked out, no response to scanning …). "
        "Decide candidate by candidate, or report the incident first.",
    )


class NobodyAsked(Refusal):
    code, status = "nobody_asked", 409
    title = Text("无人提交", "Nobody has asked")
    sentence = Text(
        "还没有监考教师或考点管理员为该考生提交申请，也没有他人上报本考场；不能审批自己上报的。请监考教师或考点管理员先提交全考场审批。",
        "No proctor or site administrator has asked for this candidate, and nobody but you has reported the room; "
        "you may not decide your own request. Have them submit the room first.",
    )


@dataclass(frozen=True, slots=True)
class RoomDecision:
    """The decision as it is made; `sittings` None means everybody in the room who is not yet in."""

    id: uuid.UUID
    outcome: str
    documents_checked: bool
    note: str = ""
    sittings: Sequence[int] | None = None


@dataclass(slots=True)
class Standing:
    """One candidate of the room before the decision: the request that waits, or why they would be skipped."""

    sitting: Sitting
    request: EntryRequest | None = None
    refusal: Refusal | None = None


@dataclass(slots=True)
class RoomPreview:
    """What a decision would find: the room's candidates, its incident, and who asks for those without a request."""

    incident: Incident | None
    reporter: User | None
    candidates: list[Standing] = field(default_factory=list)


@dataclass(slots=True)
class RoomDecided:
    """What became of it."""

    incident: Incident
    decided: list[EntryRequest] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def preview(room_session: RoomSession, *, actor: Actor, now: datetime) -> RoomPreview:
    """Everybody in the room with what a decision now would do to them; nothing is locked or changed."""
    rows = Sitting.objects.filter(room_session=room_session).select_related("candidate").order_by("pk")
    room = {s.pk: s for s in rows.defer("candidate__id_no")}
    found = _look(room_session, room, requests_before(room), actor)
    site_unit = room_session.site_unit
    if not site_unit.entry_opens_at <= now < site_unit.entry_closes_at:
        for standing in found.candidates:
            standing.refusal = standing.refusal or NotOpen()
    return found


@transaction.atomic
def decide(asked: RoomDecision, *, room_session: RoomSession, actor: Actor, now: datetime) -> RoomDecided:
    """Decides for the room's candidates at once, set-wise; who has come in meanwhile is skipped with the reason.

    The caller has had `room_session` through the door with `ACTION`. The first decision on a candidate
    holds. Raises `NotOpen`, `NotBlocked`, `NobodyLeft`, or what stands against the only one chosen.
    """
    room_session, room = hold_room(room_session, now=now)
    before = requests_before(room, lock=True)
    found = _look(room_session, room, before, actor)
    if found.incident is None:
        raise NotBlocked()
    by_pk = {standing.sitting.pk: standing for standing in found.candidates}
    meant = [(key, by_pk.get(key)) for key, _ in chosen(room, asked.sittings, open_to=OPEN_TO)]
    free = [s for _, s in meant if s is not None and s.refusal is None]
    skipped = [_passed_over(key, standing) for key, standing in meant if standing is None or standing.refusal]
    if not free:
        raise skipped[0].refusal if len(skipped) == 1 else NobodyLeft()
    requests = _asked_for(free, asked, found, before, room_session, now)
    decisions.settle(requests, room, outcome=Status(asked.outcome), note=asked.note, actor=actor, now=now)
    done = RoomDecided(found.incident, requests, skipped)
    _write(done, asked, room_session, actor, now)
    return done


def _passed_over(key: int, standing: Standing | None) -> Skipped:
    if standing is None:
        return Skipped(key, UnknownSitting())
    return Skipped(key, standing.refusal or NobodyLeft(), standing.sitting)


def _look(
    room_session: RoomSession, room: dict[int, Sitting], before: dict[int, list[EntryRequest]], actor: Actor
) -> RoomPreview:
    incidents = open_incidents(room_session)
    report = _report(incidents, room_session, actor)
    incident = next((i for i in incidents if report and i.pk == report.incident_id), None)
    found = RoomPreview(incident or next(iter(incidents), None), report.reporter if report else None)
    denied = access.refused(actor, ACTION, room_session)
    for sitting in room.values():
        last = before[sitting.pk][-1] if before.get(sitting.pk) else None
        refusal = denied or _against(sitting, last, found.reporter, actor)
        found.candidates.append(Standing(sitting, last, refusal))
    return found


def _against(
    sitting: Sitting, last: EntryRequest | None, reporter: User | None, actor: Actor
) -> Refusal | None:
    match sitting.entry_status:
        case Entry.PENDING if last is not None:
            return OwnRequest() if last.requester_id == actor.user.pk else None
        case Entry.NOT_SIGNED_IN:
            return None if reporter else NobodyAsked()
        case Entry.APPROVED | Entry.REJECTED if last is not None and last.decided_by_id:
            return AlreadyDecided(last)
        case Entry.ABSENT:
            return NotOpen()
    return AlreadySignedIn(entry_status=sitting.entry_status)


def _report(incidents: list[Incident], room_session: RoomSession, actor: Actor) -> Report | None:
    """The latest report of the room by somebody of the site who is not the one who decides."""
    rows = Report.objects.filter(
        incident__in=incidents,
        room_session=room_session,
        reporter__memberships__site=room_session.site_unit.site_id,
        reporter__memberships__role__in=REPORTERS,
    )
    return rows.exclude(reporter=actor.user).select_related("reporter").order_by("-received_at").first()


def _asked_for(
    free: list[Standing],
    asked: RoomDecision,
    found: RoomPreview,
    before: dict[int, list[EntryRequest]],
    room_session: RoomSession,
    now: datetime,
) -> list[EntryRequest]:
    """The requests that are decided: those that wait, and for the rest new ones in the reporter's name."""
    waiting = [s.request for s in free if s.request is not None and s.request.status == Status.PENDING]
    unasked = [s.sitting for s in free if s.request is None or s.request.status != Status.PENDING]
    for standing in free:
        if standing.request is not None:
            standing.request.sitting, standing.request.room_session = standing.sitting, room_session
    if not unasked or found.incident is None or found.reporter is None:
        return waiting
    reason = REASON_OF[found.incident.type]
    found.incident.sittings.add(*unasked)
    opening.regrade_by_reach(found.incident, now=now)
    made = create(
        unasked,
        RoomAsked(asked.id, reason, asked.documents_checked, asked.note),
        incident=found.incident,
        room_session=room_session,
        requester=found.reporter,
        before=before,
        now=now,
    )
    return waiting + made


def _write(
    done: RoomDecided, asked: RoomDecision, room_session: RoomSession, actor: Actor, now: datetime
) -> None:
    """The decision as one fact: in the event log, on the incident's timeline, and to the branch where nobody proctors."""
    outcome = decisions.OUTCOMES[Status(asked.outcome)]
    facts = {"outcome": asked.outcome, "people": len(done.decided), "skipped": len(done.skipped)}
    said = SAID.format(outcome=outcome, people=len(done.decided), skipped=len(done.skipped))
    said = NOTED.format(said=said, note=asked.note) if asked.note else said
    events.record(
        "entry.room_decided",
        now=now,
        actor=actor.user,
        site_unit=room_session.site_unit,
        room_session=room_session,
        subject=str(asked.id),
        documents_checked=asked.documents_checked,
        **facts,
    )
    sittings = [request.sitting_id for request in done.decided]
    timeline.write(
        done.incident, "room_decided", now=now, actor=actor.user, note=said, sittings=sittings, **facts
    )
    if REASON_OF[done.incident.type] == EntryRequest.Reason.NO_PROCTOR and asked.outcome == Status.APPROVED:
        _ask_branch(done, asked, room_session, actor, now)


def _ask_branch(
    done: RoomDecided, asked: RoomDecision, room_session: RoomSession, actor: Actor, now: datetime
) -> None:
    """Reading 11: candidates let in for lack of a proctor are signed off by the branch."""
    site_unit = room_session.site_unit
    messages.tell(
        messages.people_at(Level.BRANCH, site_unit),
        key=f"entry.no_proctor:{asked.id}",
        event="entry.no_proctor",
        fields={
            "site": site_unit.site.name,
            "room": room_session.room.room_no,
            "unit": str(site_unit.unit),
            "count": len(done.decided),
            "by": actor.user.name,
        },
        url=messages.url_of(done.incident),
        incident=done.incident,
        plan=site_unit.unit.plan,
        to=[messages.organisation(Level.BRANCH, site_unit)],
        grade=3,
        now=now,
    )


SAID = Text(
    "考场统一决定：{outcome} {people} 名，跳过 {skipped} 名",
    "One decision for the room: {people} {outcome}, {skipped} skipped",
)
NOTED = Text("{said}。{note}", "{said}. {note}")
