"""What a site sends to its students: the text of each unit, and the list of who sits what, where and when (B4)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from exam_ops.core import policies
from exam_ops.core.access import Actor, visible
from exam_ops.core.models import ExamPlan, ExamSite, SiteUnit, Sitting
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.student_notice import student_notice
from exam_ops.rules.text import Text
from exam_ops.rules.tickets import EntryTimes, entry_times

TELL = "students.tell"

HEADERS = (
    Text("姓名", "Name"),
    Text("学号", "Student no."),
    Text("准考证号", "Ticket no."),
    Text("单元", "Unit"),
    Text("日期", "Date"),
    Text("开始入场", "Entry opens"),
    Text("开考", "Start"),
    Text("停止入场", "Entry closes"),
    Text("结束", "End"),
    Text("试卷", "Paper"),
    Text("考场", "Room"),
    Text("座位号", "Seat"),
    Text("考点", "Site"),
    Text("地址", "Address"),
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One unit of the site with its ready text."""

    site_unit: SiteUnit
    times: EntryTimes
    text: Text
    students: int
    is_over: bool


def sites(actor: Actor, plan: ExamPlan) -> list[ExamSite]:
    """The sites of the plan whose students the actor may write to."""
    rows = visible(actor, SiteUnit, TELL).filter(unit__plan=plan)
    return list(ExamSite.objects.filter(pk__in=rows.values("site")).order_by("code"))


def notices(actor: Actor, plan: ExamPlan, site: ExamSite, *, now: datetime) -> list[Notice]:
    """The units of the site in order of time, each at the site's own times and place."""
    policy = policies.of(plan)
    rows = visible(actor, SiteUnit, TELL).filter(unit__plan=plan, site=site).select_related("unit", "site")
    found = []
    for row in rows.annotate(students=Count("sittings")).order_by("start", "unit__code"):
        times = entry_times(row.start, row.end, policy)
        place = f"{site.name}（{row.where}）" if row.where else site.name
        text = student_notice(plan=plan.name, unit=str(row.unit), place=place, times=times)
        found.append(Notice(row, times, text, row.students, row.ends_at <= now))
    return found


def listed(actor: Actor, plan: ExamPlan, site: ExamSite) -> Iterator[tuple[Any, ...]]:
    """The rows of the list, by unit, room and seat."""
    policy = policies.of(plan)
    rows = visible(actor, Sitting, TELL).filter(site_unit__unit__plan=plan, site_unit__site=site)
    related = ("candidate", "paper", "room_session__room", "site_unit__unit", "site_unit__site")
    order = ("site_unit__start", "site_unit__unit__code", "room_session__room__room_no", "seat_no", "pk")
    return _lines(rows.select_related(*related).order_by(*order), policy)


def _lines(sittings: Iterable[Sitting], policy: Any) -> Iterator[tuple[Any, ...]]:
    for sitting in sittings:
        site_unit, session = sitting.site_unit, sitting.room_session
        times = entry_times(site_unit.start, site_unit.end, policy)
        clock = [at.astimezone(BEIJING) for at in (times.opens, times.start, times.closes, times.end)]
        yield (
            sitting.candidate.name,
            sitting.candidate.student_no,
            sitting.ticket_no,
            str(site_unit.unit),
            f"{clock[1]:%Y-%m-%d}",
            *(f"{at:%H:%M}" for at in clock),
            str(sitting.paper),
            session.room.room_no if session else "",
            sitting.seat_no,
            site_unit.site.name,
            site_unit.where,
        )
