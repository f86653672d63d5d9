"""Rosters as they leave the portal: rows of a workbook, and sheets for the doors of rooms (C8, E5)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from exam_ops.core.access import Actor, visible
from exam_ops.core.models import (
    ExamPlan,
    ExamRoom,
    ExamSite,
    ProctorProfile,
    RoomSession,
    RosterRow,
    SiteUnit,
    User,
)
from exam_ops.office import layout, workbooks
from exam_ops.office.loading.checking_rosters import SHEET
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Role

SEE = "change.see"  # accounts stand in the workbook: for offices, not for proctors
NOTES = (
    "一行是一名教师在一个单元的岗位；改好后在“导入监考编排”页面导入。工作簿里没有的行保持不变。",
    "开考前 48 小时以内的改动由分部审批，2 小时以内不能由工作簿变更。",
    "One row per proctor and unit. Rows that are missing stay as they are.",
    "可以编排的监考教师（考点、工号、姓名、实名认证）：",
)
_DUTIES = {code: label for label, code in layout.PROCTOR_DUTIES.items()}


@dataclass(frozen=True, slots=True)
class DoorUnit:
    """One unit of a room's day: when, and who proctors."""

    site_unit: SiteUnit
    lead: str
    second: str


@dataclass(frozen=True, slots=True)
class Door:
    """What hangs at one room's door on one day."""

    room: ExamRoom
    day: date
    units: list[DoorUnit]


def sites(actor: Actor, plan: ExamPlan) -> list[ExamSite]:
    """The actor's sites that take part in the plan."""
    rows = visible(actor, SiteUnit, SEE).filter(unit__plan=plan)
    return list(ExamSite.objects.filter(site_units__in=rows).distinct().order_by("code"))


def rows(actor: Actor, plan: ExamPlan, site: ExamSite | None) -> Iterator[Mapping[str, Any]]:
    """The sheet 监考编排 of a site, or of all the actor's: what the import reads again."""
    scope = visible(actor, SiteUnit, SEE).filter(unit__plan=plan, **({"site": site} if site else {}))
    found = (
        RosterRow.objects.filter(room_session__site_unit__in=scope)
        .select_related("room_session__site_unit__unit", "room_session__site_unit__site", "proctor")
        .select_related("room_session__room")
        .order_by(
            "room_session__site_unit__start",
            "room_session__site_unit__site__code",
            "room_session__room__room_no",
            "position",
        )
    )
    for row in found.iterator(chunk_size=2_000):
        site_unit = row.room_session.site_unit
        yield {
            "plan": plan.code,
            "unit": site_unit.unit.code,
            "site": site_unit.site.code,
            "room": row.room_session.room.room_no,
            "username": row.proctor.username,
            "name": row.proctor.name,
            "duty": _DUTIES[row.position],
        }


def book(rows: Iterable[Mapping[str, Any]], sites: Sequence[ExamSite]) -> bytes:
    """The workbook of these rows; its first sheet explains it and lists who may be named."""
    out = BytesIO()
    notes = (*NOTES, *(_listed(row) for row in _people(sites)))
    workbooks.write(out, {SHEET: rows}, title=SHEET, notes=notes, sheets=[layout.sheet(SHEET)])
    return out.getvalue()


def _listed(row: tuple[str, str, str, str]) -> str:
    site, username, name, status = row
    certified = "已认证" if status == ProctorProfile.Status.CERTIFIED else "未认证"
    return f"{site}  {username}  {name}  {certified}"


def _people(sites: Sequence[ExamSite]) -> Iterable[tuple[str, str, str, str]]:
    """Site, account, name and state of the certificate of every proctor."""
    rows = User.objects.filter(
        memberships__role=Role.PROCTOR, memberships__site__in=sites, is_active=True
    ).order_by("memberships__site__code", "name", "username")
    return rows.values_list("memberships__site__code", "username", "name", "proctor__status")


def days(plan: ExamPlan, site: ExamSite) -> list[date]:
    """The days on which the site sits the plan."""
    starts = SiteUnit.objects.filter(unit__plan=plan, site=site).values_list("start", flat=True)
    return sorted({start.astimezone(BEIJING).date() for start in starts})


def doors(plan: ExamPlan, site: ExamSite, day: date) -> list[Door]:
    """One sheet a room: its units of the day with the names of those who proctor."""
    site_units = SiteUnit.objects.filter(unit__plan=plan, site=site).select_related("unit")
    today = {s.pk: s for s in site_units if s.start.astimezone(BEIJING).date() == day}
    names: dict[int, dict[str, str]] = defaultdict(dict)
    standing = RosterRow.objects.filter(room_session__site_unit__in=today)
    for standing_in, position, name in standing.values_list("room_session_id", "position", "proctor__name"):
        names[standing_in][position] = name
    found: dict[ExamRoom, list[DoorUnit]] = defaultdict(list)
    for session in (
        RoomSession.objects.filter(site_unit__in=today)
        .select_related("room")
        .order_by("room__room_no", "site_unit__start")
    ):
        here = names[session.pk]
        found[session.room].append(
            DoorUnit(today[session.site_unit_id], here.get("lead", ""), here.get("second", ""))
        )
    return [Door(room, day, units) for room, units in found.items()]
