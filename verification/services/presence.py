"""Who of the 未签到 is here (C6): the room's staff say *present* or *not here*, one by one or all the rest at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from exam_ops.core import access, entry, events, schedule
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound, NotOpen, Refusal
from exam_ops.core.models import Event, RoomSession, Sitting
from exam_ops.rules.entry import Entry
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from incidents.models import EvidenceDuty, Incident
from incidents.services import duties, ladder, opening
from verification.models import EntryRequest, Presence
from verification.selectors.presence import SYNC_LAG, Asking, asking
from verification.services.decisions import Expired
from verification.services.entry_requests import AlreadyPending, AlreadySignedIn, locked_sittings
from verification.services.sync_lag import CAUSE

ACTION = "presence.mark"
Answer = Presence.Answer


class NotAsked(NotOpen):
    title = Text("尚未需要确认在场", "Nobody is asked yet")
    sentence = Text(
        "开考 15 分钟后、本考场或考点有未办结的“识别通过而未签到”事件（IDV-04）时，才需逐人确认，"
        "至应急材料截止为止。如确有此情况，请先上报该事件。",
        "You are asked from 15 minutes after the start, while an incident IDV-04 (passed, not signed in) of the room "
        "or site is open, until evidence closes. Report the incident first if this is your case.",
    )


class SignedIn(AlreadySignedIn):
    sentence = Text(
        "该考生已签到或已获批准入场，无需确认在场。",
        "This candidate has signed in or been approved meanwhile; nothing is asked.",
    )


class EntryRejected(Refusal):
    code, status = "entry_rejected", 409
    title = Text("未获准入场", "Not admitted")
    sentence = Text(
        "主考未批准该考生入场，无需确认在场。如有新情况，请提交新的入场审批。",
        "The chief has rejected this candidate's entry; nothing is asked. With new facts, ask for entry again.",
    )


class AlreadyAnswered(Refusal):
    code, status = "already_answered", 409
    title = Text("截止入场后不能更改", "Final since close of entry")
    sentence = Text(
        "{answered_by} 已于 {answered_at} 确认：{what}。截止入场后不能更改；如考生确在考场，请上传应急材料并标记该考生。",
        "{answered_by} has said at {answered_at}: {what}. That is final since close of entry. If the candidate is here, "
        "send evidence that marks them.",
    )

    def __init__(self, said: Presence) -> None:
        plan = said.sitting.site_unit.unit.plan
        at = plan.plan_time(said.answered_at)
        super().__init__(
            detail=self.sentence.format(
                answered_by=said.answered_by.name,
                answered_at=at.astimezone(BEIJING).strftime("%H:%M"),
                what=ANSWERS[Answer(said.answer)],
            ),
            answer=said.answer,
            answered_by=said.answered_by.name,
            answered_at=at.isoformat(),
        )


ANSWERS = {
    Answer.PRESENT: Text("在场", "present"),
    Answer.NOT_HERE: Text("不在场", "not here"),
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """One candidate whose answer was not taken, and why."""

    sitting_id: int
    refusal: Refusal


@dataclass(slots=True)
class Marked:
    """What became of the answers; `unchanged` had the same answer before."""

    marked: list[Sitting] = field(default_factory=list)
    unchanged: list[Sitting] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def mark(sittings: Iterable[Sitting], *, answer: str, actor: Actor, now: datetime) -> Marked:
    """Takes one answer for many candidates, who may sit in many rooms: see `mark_each`."""
    return mark_each({sitting.pk: answer for sitting in sittings}, actor=actor, now=now)


def mark_room(session: RoomSession, answers: Mapping[int, str], *, actor: Actor, now: datetime) -> Marked:
    """Answers for candidates of one room, who are all of it or skipped; raises `NotAsked` while nobody is asked."""
    own = set(Sitting.objects.filter(pk__in=answers, room_session=session).values_list("pk", flat=True))
    done = mark_each({pk: answer for pk, answer in answers.items() if pk in own}, actor=actor, now=now)
    done.skipped += [Skipped(pk, NotFound()) for pk in answers if pk not in own]
    taken = done.marked or done.unchanged
    if not taken and (
        why := next((s.refusal for s in done.skipped if isinstance(s.refusal, NotAsked)), None)
    ):
        raise why
    return done


@transaction.atomic
def mark_each(answers: Mapping[int, str], *, actor: Actor, now: datetime) -> Marked:
    """Takes answers (sitting → `Presence.Answer`); statements do not grow with the candidates.

    Present: named in the IDV-04 of the room, else of the site, and owes evidence from T+15 on (cause C6), once.
    Not here: noted; close of entry makes them absent, and a duty that an IDV-04 opened is dropped with trace.
    Until close of entry an answer may be corrected, and what was said before stands in the event log. After it a
    first answer is still taken, until evidence closes. Whoever can't be answered for is skipped with the reason.
    """
    places = dict(
        access.visible(actor, Sitting, ACTION).filter(pk__in=answers).values_list("pk", "site_unit_id")
    )
    schedule.hold(places.values())
    rows = locked_sittings(places)
    ground = _Ground.read(rows, actor, now)
    done = Marked(skipped=[Skipped(pk, NotFound()) for pk in answers if pk not in places])
    for sitting in rows:
        answer = answers[sitting.pk]
        if refusal := ground.against(sitting, answer):
            done.skipped.append(Skipped(sitting.pk, refusal))
        else:
            (done.unchanged if ground.said(sitting) == answer else done.marked).append(sitting)
    _keep(done.marked, answers, ground)
    _name([s for s in done.marked if answers[s.pk] == Answer.PRESENT], ground)
    _let_go([s for s in done.marked if answers[s.pk] == Answer.NOT_HERE], ground)
    return done


@dataclass
class _Ground:
    """What the answers stand on, read once under the locks."""

    actor: Actor
    now: datetime
    once: access.Once
    incidents: list[Incident]
    rooms_of: dict[int, set[int]]  # incident → its rooms; none: the site as a whole
    asking: dict[int, Asking]  # by room session
    answers: dict[int, Presence]
    expired: set[int]

    @classmethod
    def read(cls, sittings: list[Sitting], actor: Actor, now: datetime) -> "_Ground":
        rooms = {}
        for sitting in sittings:
            if sitting.room_session is not None:
                sitting.room_session.site_unit = sitting.site_unit
                rooms[sitting.room_session.pk] = sitting.room_session
        incidents = _open_incidents({s.site_unit_id for s in sittings})
        rooms_of: dict[int, set[int]] = {incident.pk: set() for incident in incidents}
        for incident, room in Incident.room_sessions.through.objects.filter(
            incident__in=incidents
        ).values_list("incident_id", "roomsession_id"):
            rooms_of[incident].add(room)
        ids = [s.pk for s in sittings]
        expired = EntryRequest.objects.filter(sitting__in=ids, status=EntryRequest.Status.EXPIRED)
        return cls(
            actor,
            now,
            access.Once(actor, ACTION),
            incidents,
            rooms_of,
            asking(rooms.values()),
            {p.sitting_id: p for p in Presence.objects.filter(pk__in=ids).select_related("answered_by")},
            set(expired.values_list("sitting_id", flat=True)),
        )

    def said(self, sitting: Sitting) -> str:
        """The answer that holds so far."""
        return self.answers[sitting.pk].answer if sitting.pk in self.answers else ""

    def asking_of(self, sitting: Sitting) -> Asking | None:
        return self.asking.get(sitting.room_session_id or 0)

    def against(self, sitting: Sitting, answer: str) -> Refusal | None:
        """Why nobody can say this of the candidate now; None when the actor can."""
        if refusal := self.once.refused(sitting, sitting.room_session_id):
            return refusal
        asks = self.asking_of(sitting)
        if asks is None or not asks.is_open(self.now):
            return NotAsked()
        match sitting.entry_status:
            case Entry.SIGNED_IN | Entry.APPROVED:
                return SignedIn(entry_status=sitting.entry_status)
            case Entry.PENDING:
                return AlreadyPending(entry_status=sitting.entry_status)
            case Entry.REJECTED:
                return EntryRejected(entry_status=sitting.entry_status)
            case Entry.ABSENT if sitting.pk in self.expired:
                return Expired()
        said = self.answers.get(sitting.pk)
        if said is not None and said.answer != answer and not asks.may_be_corrected(self.now):
            said.sitting = sitting
            return AlreadyAnswered(said)
        return None

    def incident_of(self, sitting: Sitting) -> Incident:
        """The open IDV-04 of the candidate's room, else of the site; one of them asked."""
        here = [i for i in self.incidents if i.site_unit_id == sitting.site_unit_id]
        own = (i for i in here if sitting.room_session_id in self.rooms_of[i.pk])
        return next(own, None) or next(i for i in here if not self.rooms_of[i.pk])


def _open_incidents(site_units: set[int]) -> list[Incident]:
    """The open IDV-04 of these site units, locked: none of them is solved while answers are taken."""
    rows = Incident.objects.filter(site_unit__in=site_units, type=SYNC_LAG).order_by("pk")
    rows = rows.exclude(status=Incident.Status.RESOLVED).select_related(*ladder.RELATED)
    return list(rows.select_for_update(of=("self",), no_key=True))


def _keep(sittings: Sequence[Sitting], answers: Mapping[int, str], ground: _Ground) -> None:
    """The answers with their events; boards draw anew."""
    Presence.objects.bulk_create(
        (
            Presence(sitting=s, answer=answers[s.pk], answered_by=ground.actor.user, answered_at=ground.now)
            for s in sittings
        ),
        update_conflicts=True,
        unique_fields=["sitting"],
        update_fields=["answer", "answered_by", "answered_at"],
        batch_size=500,
    )
    Event.objects.bulk_create(
        (
            events.build(
                f"presence.{answers[s.pk]}",
                now=ground.now,
                actor=ground.actor.user,
                site_unit=s.site_unit,
                room_session=s.room_session,
                sitting=s,
                before=ground.said(s),
            )
            for s in sittings
        ),
        batch_size=500,
    )
    entry.touch({s.room_session_id for s in sittings if s.room_session_id})


def _name(sittings: Sequence[Sitting], ground: _Ground) -> None:
    """Those present join the incident and, from T+15 on, owe evidence."""
    groups: dict[int, list[Sitting]] = defaultdict(list)
    by_pk = {incident.pk: incident for incident in ground.incidents}
    for sitting in sittings:
        groups[ground.incident_of(sitting).pk].append(sitting)
    for pk, group in groups.items():
        note = Text("监考确认在场 {count} 人", "Staff say present: {count}").format(count=len(group))
        opening.name_more(by_pk[pk], group, note=note, actor=ground.actor.user, now=ground.now)
    owing = [
        duties.Owing(sitting, sitting.room_session, by_pk[pk])
        for pk, group in groups.items()
        for sitting in group
        if sitting.room_session is not None
        and (asks := ground.asking_of(sitting))
        and asks.is_due(ground.now)
    ]
    duties.open_many(owing, cause=CAUSE, actor=ground.actor.user, now=ground.now)


def _let_go(sittings: Sequence[Sitting], ground: _Ground) -> None:
    """Until close of entry, who is not here owes no evidence for the lag; later the duty speaks for them."""
    early = [s for s in sittings if (asks := ground.asking_of(s)) and asks.may_be_corrected(ground.now)]
    owed = EvidenceDuty.objects.filter(sitting__in=early, cause=CAUSE, status=EvidenceDuty.Status.OPEN)
    ids = set(owed.values_list("sitting_id", flat=True))
    gone = [s for s in early if s.pk in ids]
    duties.drop_for(gone, why="not_here", actor=ground.actor.user, now=ground.now)
