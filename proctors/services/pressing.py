"""Rooms without two certified proctors are pressed on the people who can fill them (C9, clause 二(三)6)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from exam_ops.core import policies
from exam_ops.core.models import ExamPlan, ExamSite, Membership, RoomSession, SiteUnit
from exam_ops.rules.deadlines import due_times
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Right, Role
from exam_ops.rules.policy import Policy
from exam_ops.rules.text import Text
from incidents.models import Incident
from incidents.services import messages, opening
from proctors.selectors import short_rooms

KEY = "roster:{plan}:"  # all digests of a plan begin with it
HORIZON = timedelta(days=9)  # past the first reminder, moved to the day before

_UNIT = Text("{start} {unit}：{rooms}", "{start} {unit}: {rooms}")
_ROOM = Text("{room}（已认证 {certified}/{needed}）", "{room} ({certified}/{needed} certified)")
_LOCKED = Text(
    "监考编排已锁定，仍未配足已认证监考的考场：{rooms}",
    "The roster is locked and these rooms still lack certified proctors: {rooms}",
)


def remind(site_units: Sequence[SiteUnit], plan: ExamPlan, *, day: date, now: datetime) -> int:
    """One digest per site and `day` (plan time): every unit of the site that is reminded on that day.

    Goes to the site's people and to the branch's integrity officers. Returns how many sites were told.
    """
    policy = policies.of(plan)
    sites = {s.site_id: s.site for s in site_units}
    short = _by_site(_short(_reminded_on(day, sites, plan, policy, now), policy))
    people = _people(sites.values())
    for site_id, rooms in short.items():
        messages.tell(
            people[site_id],
            key=f"{KEY.format(plan=plan.pk)}{site_id}:{day.isoformat()}",
            event="roster.short",
            fields={"site": sites[site_id].name, "count": len(rooms), "rooms": _digest(rooms, policy)},
            url=reverse("roster", query={"plan": plan.code, "site": sites[site_id].code}),
            plan=plan,
            now=now,
        )
    return len(short)


def lock(site_units: Sequence[SiteUnit], plan: ExamPlan, *, now: datetime) -> list[Incident]:
    """T−48 h: one incident for each site whose unit still has rooms short of certified proctors."""
    policy = policies.of(plan)
    short: dict[int, list[RoomSession]] = defaultdict(list)
    for session in _short(site_units, policy):
        short[session.site_unit_id].append(session)
    return [
        opening.open_or_join(
            type="IDV-06",
            site_unit=site_unit,
            room_session=None,
            note=_LOCKED.format(rooms=_named(short[site_unit.pk], policy)).zh,
            actor=None,
            now=now,
        )
        for site_unit in site_units
        if short[site_unit.pk]
    ]


def _short(site_units: Iterable[SiteUnit], policy: Policy) -> list[RoomSession]:
    rows = short_rooms(site_units, needed=policy.proctors_per_room)
    return list(rows.select_related("room", "site_unit__unit", "site_unit__site"))


def _reminded_on(
    day: date, sites: dict[int, ExamSite], plan: ExamPlan, policy: Policy, now: datetime
) -> list[SiteUnit]:
    """Site units of `sites` ahead that have a roster reminder due on `day`."""
    ahead = SiteUnit.objects.filter(
        unit__plan=plan, site__in=sites, starts_at__gt=now, starts_at__lte=now + HORIZON
    )
    return [
        site_unit
        for site_unit in ahead
        if any(
            due.deadline.name == "roster_reminder" and due.at.astimezone(BEIJING).date() == day
            for due in due_times(site_unit.start, site_unit.end, policy=policy)
        )
    ]


def _by_site(rooms: Iterable[RoomSession]) -> dict[int, list[RoomSession]]:
    found: dict[int, list[RoomSession]] = defaultdict(list)
    for session in rooms:
        found[session.site_unit.site_id].append(session)
    return found


def _people(sites: Iterable[ExamSite]) -> dict[int, list[int]]:
    """Who hears of each site: its administrators and chiefs, and its branch's integrity officers."""
    places = list(sites)
    rows = Membership.objects.filter(
        Q(role__in=[Role.SITE, Role.CHIEF], site__in=places)
        | Q(role=Role.BRANCH, branch__in={site.branch_id for site in places}),
        user__is_active=True,
    )
    at_site: dict[int, set[int]] = defaultdict(set)
    at_branch: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        if row.site_id:
            at_site[row.site_id].add(row.user_id)
        elif row.branch_id and Right.INTEGRITY in row.rights:
            at_branch[row.branch_id].add(row.user_id)
    return {site.pk: sorted(at_site[site.pk] | at_branch[site.branch_id]) for site in places}


def _digest(rooms: Sequence[RoomSession], policy: Policy) -> Text:
    by_unit: dict[int, list[RoomSession]] = defaultdict(list)
    for session in rooms:
        by_unit[session.site_unit_id].append(session)
    lines = [
        _UNIT.format(
            start=group[0].site_unit.start.astimezone(BEIJING).strftime("%m-%d %H:%M"),
            unit=str(group[0].site_unit.unit),
            rooms=_named(group, policy),
        )
        for group in by_unit.values()
    ]
    return _joined(lines, "\n", "\n")


def _named(rooms: Sequence[Any], policy: Policy) -> Text:
    """The rooms as `short_rooms` gives them, each with its number of certified proctors."""
    said = [
        _ROOM.format(room=s.room.room_no, certified=s.certified, needed=policy.proctors_per_room)
        for s in rooms
    ]
    return _joined(said, "、", ", ")


def _joined(texts: Sequence[Text], zh: str, en: str) -> Text:
    return Text(zh.join(t.zh for t in texts), en.join(t.en for t in texts))
