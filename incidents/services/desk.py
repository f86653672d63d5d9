"""The technical support desk (A1): an App or client incident stands at the branch's desk, and at headquarters' when
nobody keeps the branch's or nobody took it in time. One person takes it, gives it back, or passes it on."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from exam_ops.core import policies
from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.models import RoomSession, SiteUnit, Sitting, User
from exam_ops.rules.catalogue import INCIDENT_TYPES
from exam_ops.rules.text import Text
from incidents.models import Incident, Report
from incidents.services import acts, answering, opening, timeline

TECHNICAL = tuple(code for code, kind in INCIDENT_TYPES.items() if kind.technical)


class AlreadyTaken(Refusal):
    code = "already_taken"
    title = Text("已有人接手", "Already taken")
    sentence = Text(
        "{by} 已接手该事件。需要换人时请对方先交回。",
        "{by} has taken this incident. Ask them to give it back if you are to go on.",
    )


class NotInYourHands(Refusal):
    code = "not_in_your_hands"
    title = Text("不在您手上", "Not in your hands")
    sentence = Text(
        "该事件不是您接手的，不能交回或转交。请先接手，或联系接手的人。",
        "You have not taken this incident, so you can't give it back or pass it on. Take it first, or ask whoever has.",
    )


class NotForTheDesk(Refusal):
    code = "not_for_the_desk"
    title = Text("不是技术事件", "No technical incident")
    sentence = Text(
        "该类型不归技术支持处理。请在应急事件页面处理，或改报技术类型。",
        "Technical support does not handle this type. Act on the incident's own page, or report a technical type.",
    )


class AlreadyAtHeadquarters(Refusal):
    code = "already_at_headquarters_desk"
    title = Text("已在总部技术支持", "Already at headquarters' desk")
    sentence = Text(
        "该事件已在总部技术支持的队列中，不能再转交。可以交回，由总部其他人员接手。",
        "This incident stands at headquarters' desk already. Give it back, and somebody else there can take it.",
    )


@transaction.atomic
def take(incident: Incident, *, actor: User, now: datetime) -> tuple[Incident, bool]:
    """Says "mine" at the desk; the first wins, the same person again is the same answer. Taking acknowledges.

    Raises `AlreadyTaken` with who has it, `NotForTheDesk`, `acts.AlreadyResolved`.
    """
    incident = _open(incident)
    if incident.taken_by == actor:
        return incident, False
    if incident.taken_by is not None:
        raise AlreadyTaken(by=incident.taken_by.name)
    _put(incident, taken_by=actor)
    answering.note(incident, actor, now=now)
    timeline.write(incident, "taken", now=now, actor=actor)
    with suppress(acts.AlreadyAcknowledged):  # somebody on the ladder has: the desk's work is its own
        acts.acknowledge(incident, actor=actor, now=now)
    return incident, True


@transaction.atomic
def give_back(incident: Incident, *, note: str, actor: User, now: datetime) -> Incident:
    """Back to the queue from which it was taken; at the branch's desk the time to pass on begins anew.

    Raises `NotInYourHands`, `acts.AlreadyResolved`.
    """
    incident = _own(incident, actor)
    if incident.desk_passes_on_at is not None and incident.desk_passes_on_at > now:
        _put(incident, taken_by=None, desk_passes_on_at=passes_on_at(incident.site_unit, now=now))
    else:
        _put(incident, taken_by=None)
    timeline.write(incident, "given_back", now=now, actor=actor, note=note)
    return incident


@transaction.atomic
def pass_on(incident: Incident, *, note: str, actor: User, now: datetime) -> Incident:
    """Hands it to headquarters' desk, whoever is on duty there; the note says what has been tried.

    Raises `NotInYourHands`, `AlreadyAtHeadquarters`, `acts.AlreadyResolved`; `Invalid` without a note.
    """
    if not note.strip():
        said = Text("请写明已经试过的办法。", "Say what has been tried.")
        raise Invalid(errors=[FieldError("note", "required", said)])
    incident = _own(incident, actor)
    if incident.desk_passes_on_at is not None and incident.desk_passes_on_at <= now:
        raise AlreadyAtHeadquarters()
    _put(incident, taken_by=None, desk_passes_on_at=now)
    timeline.write(incident, "passed_on", now=now, actor=actor, note=note)
    return incident


@dataclass(frozen=True, slots=True)
class Caller:
    """Who rang the desk; stored encrypted with the report."""

    name: str
    phone: str

    def __str__(self) -> str:
        return f"{self.name} {self.phone}".strip()


@transaction.atomic
def open_for_caller(
    *,
    caller: Caller,
    type: str,
    site_unit: SiteUnit,
    room_session: RoomSession | None,
    sittings: Sequence[Sitting] = (),
    note: str,
    takes: bool,
    actor: User,
    now: datetime,
    report_id: uuid.UUID | None = None,
) -> Incident:
    """Writes down what a caller reports by phone: opens an incident or joins the open one; `takes` it at once.

    Raises `NotForTheDesk`; an incident that somebody else has taken already stays with them.
    """
    if type not in TECHNICAL:
        raise NotForTheDesk()
    report_id = report_id or uuid.uuid4()
    incident = opening.open_or_join(
        type=type,
        site_unit=site_unit,
        room_session=room_session,
        sittings=sittings,
        note=note,
        occurred_at=site_unit.unit.plan.plan_time(now),
        actor=actor,
        now=now,
        report_id=report_id,
    )
    Report.objects.filter(pk=report_id).update(caller=str(caller))
    if takes:
        with suppress(AlreadyTaken):
            take(incident, actor=actor, now=now)
    return incident


def passes_on_at(site_unit: SiteUnit, *, now: datetime) -> datetime:
    """Until when the branch's desk has an incident to itself (real instant)."""
    return now + policies.of(site_unit.unit.plan).desk_passes_on_after


def _open(incident: Incident) -> Incident:
    incident = acts.locked(incident)
    if not incident.is_open:
        raise acts.AlreadyResolved(by=incident.resolved_by.name if incident.resolved_by else "")
    if incident.type not in TECHNICAL:
        raise NotForTheDesk()
    return incident


def _own(incident: Incident, actor: User) -> Incident:
    incident = _open(incident)
    if incident.taken_by != actor:
        raise NotInYourHands()
    return incident


def _put(incident: Incident, **values: object) -> None:
    """Lays desk columns on a locked incident, and nothing else of the row."""
    for name, value in values.items():
        setattr(incident, name, value)
    incident.save(update_fields=list(values))
