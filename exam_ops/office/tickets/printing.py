"""Prints admission tickets and counts each printing (C1)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from exam_ops.core import events, policies
from exam_ops.core.errors import Refusal
from exam_ops.core.models import Event, ExamPlan, Sitting, User
from exam_ops.office.tickets.paper import Ticket, typeset
from exam_ops.rules.id_numbers import mask
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.policy import Policy
from exam_ops.rules.text import Text
from exam_ops.rules.tickets import entry_times

PRINTED = "ticket.printed"
AT_ONCE = 200  # tickets in one file

_MARKS = {
    ExamPlan.Kind.REAL: Text("", ""),
    ExamPlan.Kind.MOCK: Text("模拟考试", "Mock exam"),
    ExamPlan.Kind.DRILL: Text("演练", "Drill"),
}
_LINE = Text("第 {nth} 次打印 · {at} · {by}", "Print no. {nth} · {at} · {by}")
_MINUTES = Text("（{minutes} 分钟）", " ({minutes} min)")


class NotSeated(Refusal):
    code, status = "not_seated", 409
    title = Text("还没有座位", "Not seated yet")
    sentence = Text(
        "{name} 还没有编排考场和座位，准考证打不出来。请先由考务补齐编排。",
        "{name} has no room and seat yet, so there is no ticket. Have the seating completed first.",
    )


class NothingToPrint(Refusal):
    code, status = "nothing_to_print", 409
    title = Text("没有可打印的准考证", "No tickets to print")
    sentence = Text(
        "所选范围内没有已编排座位的考生。请换一个考场。", "Nobody is seated here. Choose another room."
    )


class TooManyTickets(Refusal):
    code, status = "too_many_tickets", 409
    title = Text("一次太多", "Too many at once")
    sentence = Text(
        "一次最多打印 {limit} 张，所选 {count} 张。请按考场分开打印。",
        "At most {limit} tickets at once; you chose {count}. Print them room by room.",
    )


def print_tickets(sittings: Iterable[Sitting], *, language: str, actor: User, now: datetime) -> bytes:
    """The PDF of these sittings' tickets by seat; each printing is an event of its sitting.

    Raises `NothingToPrint`, `NotSeated` where a single one has no seat, `TooManyTickets`.
    """
    rows = list(sittings)
    if len(rows) > AT_ONCE:
        raise TooManyTickets(limit=AT_ONCE, count=len(rows))
    seated = [s for s in rows if s.room_session_id and s.seat_no]
    if not seated:
        if len(rows) == 1:
            raise NotSeated(name=rows[0].candidate.name)
        raise NothingToPrint()
    before = printings(seated)
    tickets = _tickets(seated, before, language, actor, now)
    pdf = typeset(tickets, language=language)
    _count(seated, before, actor, now)
    return pdf


def printings(sittings: Sequence[Sitting]) -> Counter[int]:
    """How often each sitting's ticket was printed so far."""
    rows = Event.objects.filter(kind=PRINTED, sitting__in=[s.pk for s in sittings])
    return Counter(rows.values_list("sitting_id", flat=True))


@transaction.atomic
def _count(sittings: Sequence[Sitting], before: Counter[int], actor: User, now: datetime) -> None:
    Event.objects.bulk_create(
        [
            events.build(
                PRINTED, now=now, actor=actor, site_unit=s.site_unit, sitting=s, nth=before[s.pk] + 1
            )
            for s in sittings
        ],
        batch_size=500,
    )


def _tickets(
    sittings: Sequence[Sitting], before: Counter[int], language: str, actor: User, now: datetime
) -> list[Ticket]:
    known: dict[int, Policy] = {}
    tickets = []
    for sitting in sittings:
        plan = sitting.site_unit.unit.plan
        policy = known.get(plan.pk) or known.setdefault(plan.pk, policies.of(plan))
        tickets.append(_ticket(sitting, policy, before[sitting.pk] + 1, language, actor, now))
    return tickets


def _ticket(sitting: Sitting, policy: Policy, nth: int, language: str, actor: User, now: datetime) -> Ticket:
    site_unit, candidate = sitting.site_unit, sitting.candidate
    plan, site, room = site_unit.unit.plan, site_unit.site, sitting.room_session.room  # type: ignore[union-attr]
    times = entry_times(site_unit.start, site_unit.end, policy)
    printed = _LINE.format(nth=nth, at=_local(plan.plan_time(now), "%Y-%m-%d %H:%M"), by=actor.name)
    paper = f"{sitting.paper.number} {sitting.paper.name}"
    return Ticket(
        name=candidate.name,
        student_no=candidate.student_no,
        id_no=mask(candidate.id_no) if candidate.id_no else "—",
        ticket_no=sitting.ticket_no,
        plan=plan.name,
        mark=_MARKS[ExamPlan.Kind(plan.kind)].say(language),
        paper=paper + _MINUTES.format(minutes=sitting.paper.minutes).say(language),
        site=site.name,
        address=" · ".join(part for part in (site_unit.place or site.address, room.place) if part),
        room=room.room_no,
        seat=sitting.seat_no,
        when=f"{_local(times.start, '%Y-%m-%d %H:%M')}–{_local(times.end, '%H:%M')}",
        opens=_local(times.opens, "%H:%M"),
        closes=_local(times.closes, "%H:%M"),
        printed=printed.say(language),
        photo=candidate.photo,
    )


def _local(at: datetime, form: str) -> str:
    return at.astimezone(BEIJING).strftime(form)
