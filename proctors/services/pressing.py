"""Rooms without two certified proctors are pressed on the people who can fill them (C9, clause 二(三)6).

People hear of one site at a time: its own, and by name the branch's integrity officers. The channels of the branch
and of headquarters (运维群) hear of all its sites at once: a robot that is told of each site alone goes dumb.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from exam_ops.core import policies, schedule
from exam_ops.core.models import Branch, ExamPlan, ExamSite, RoomSession, SiteUnit
from exam_ops.rules.escalation import Level
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.policy import Policy
from exam_ops.rules.text import Text
from incidents.models import Delivery, Incident
from incidents.services import deliveries, messages, opening
from incidents.services.deliveries import Organisation
from incidents.services.messages import Message
from proctors.selectors import short_rooms
from proctors.services import hearers
from proctors.services.hearers import Hearers

KEY = "roster:{plan}:"  # all digests of a plan begin with it
QUIETEST = 4  # the grade of what is no incident: channels that hear of worse alone hear no digest
HORIZON = timedelta(days=9)  # past the first reminder, moved to the day before

_UNIT = Text("{start} {unit}：{rooms}", "{start} {unit}: {rooms}")
_ROOM = Text("{room}（已认证 {certified}/{needed}）", "{room} ({certified}/{needed} certified)")
_SITE = Text("{site}（{count} 个考场）\n{rooms}", "{site} ({count} rooms)\n{rooms}")
_LOCKED = Text(
    "监考编排已锁定，仍未配足已认证监考的考场：{rooms}",
    "The roster is locked and these rooms still lack certified proctors: {rooms}",
)


def remind(site_units: Sequence[SiteUnit], plan: ExamPlan, *, day: date, now: datetime) -> int:
    """One digest per site and `day` (plan time) with every unit that is reminded on that day; one a branch for channels.

    The branch's is looked up anew, not taken from `site_units`: the engine may bring its sites in several
    batches, and the first writes for all of them. Returns how many sites were told.
    """
    policy = policies.of(plan)
    told = {s.site_id for s in site_units}
    untold = _untold({s.site.branch_id for s in site_units}, plan, day)
    rooms = short_of(_reminded_on(day, told, untold, plan, now), policy)
    sites = {s.site_unit.site_id: s.site_unit.site for group in rooms.values() for s in group}
    heard = hearers.of(sites.values())
    digests = [
        digest(sites[pk], group, plan, policy, heard[pk], key=f"{pk}:{day.isoformat()}")
        for pk, group in rooms.items()
        if pk in told
    ]
    channels = [
        _to_channels(branch, {pk: rooms[pk] for pk in group}, plan, policy, heard, day)
        for branch, group in _by_branch(sites.values()).items()
        if branch.pk in untold
    ]
    messages.tell_many(digests + channels, now=now)
    return len(digests)


def digest(
    site: ExamSite,
    rooms: Sequence[RoomSession],
    plan: ExamPlan,
    policy: Policy,
    heard: Hearers,
    *,
    key: str,
    event: str = "roster.short",
    more: dict[str, Any] | None = None,
    to: Sequence[Organisation] = (),
) -> Message:
    """The message about one site's short rooms to its people, its officers and its own channel; and to `to`."""
    fields = {
        "site": site.name,
        "count": len(rooms),
        "rooms": _by_unit(rooms, policy),
        "officers": heard.officers,
    }
    return Message(
        heard.people,
        KEY.format(plan=plan.pk) + key,
        event,
        fields | (more or {}),
        reverse("roster", query={"plan": plan.code, "site": site.code}),
        plan=plan,
        to=(Organisation(Level.SITE, site_id=site.pk), *to),
    )


def short_of(site_units: Iterable[SiteUnit], policy: Policy) -> dict[int, list[RoomSession]]:
    """The short rooms of `site_units` by site, each with its number of certified proctors."""
    found: dict[int, list[RoomSession]] = defaultdict(list)
    for session in _short(site_units, policy):
        found[session.site_unit.site_id].append(session)
    return found


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
    return list(rows.select_related("room", "site_unit__unit", "site_unit__site__branch"))


def _reminded_on(
    day: date, sites: Collection[int], branches: Collection[int], plan: ExamPlan, now: datetime
) -> list[SiteUnit]:
    """Site units ahead, of `sites` and of all sites of `branches`, that have a roster reminder due on `day`."""
    times = schedule.Timetable()
    ahead = SiteUnit.objects.filter(
        Q(site__in=sites) | Q(site__branch__in=branches),
        unit__plan=plan,
        starts_at__gt=now,
        starts_at__lte=now + HORIZON,
    )
    return [
        site_unit
        for site_unit in ahead
        if any(
            due.deadline.name == "roster_reminder" and due.at.astimezone(BEIJING).date() == day
            for due in times.dues_of(site_unit, plan)
        )
    ]


def _untold(branches: Collection[int], plan: ExamPlan, day: date) -> set[int]:
    """The branches of which some channel has yet to hear about `day`; none where nobody has a channel."""
    headquarters = Organisation(Level.HQ)
    places = {pk: Organisation(Level.BRANCH, branch_id=pk) for pk in branches}
    channels = deliveries.channels_of([headquarters, *places.values()])
    owed = {
        f"{_branch_key(plan, pk, day)}:{channel.pk}": pk
        for pk, place in places.items()
        for channel in (*channels[place], *channels[headquarters])
        if channel.least_grade >= QUIETEST
    }
    told = set(Delivery.objects.filter(key__in=list(owed)).values_list("key", flat=True))
    return {pk for key, pk in owed.items() if key not in told}


def _branch_key(plan: ExamPlan, branch: int, day: date) -> str:
    return f"{KEY.format(plan=plan.pk)}branch:{branch}:{day.isoformat()}"


def _by_branch(sites: Iterable[ExamSite]) -> dict[Branch, list[int]]:
    found: dict[Branch, list[int]] = defaultdict(list)
    for site in sorted(sites, key=lambda each: each.code):
        found[site.branch].append(site.pk)
    return found


def _to_channels(
    branch: Branch,
    rooms: dict[int, list[RoomSession]],
    plan: ExamPlan,
    policy: Policy,
    heard: dict[int, Hearers],
    day: date,
) -> Message:
    """What the channels of a branch, and of headquarters, hear of a day: every site with its rooms."""
    lines = [
        _SITE.format(site=group[0].site_unit.site.name, count=len(group), rooms=_by_unit(group, policy))
        for group in rooms.values()
    ]
    fields = {
        "branch": branch.name,
        "sites": len(rooms),
        "count": sum(map(len, rooms.values())),
        "rooms": _joined(lines, "\n", "\n"),
        "officers": heard[next(iter(rooms))].officers,
    }
    return Message(
        (),
        _branch_key(plan, branch.pk, day),
        "roster.short_branch",
        fields,
        reverse("roster-check", query={"plan": plan.code, "branch": branch.code}),
        plan=plan,
        to=(Organisation(Level.BRANCH, branch_id=branch.pk), Organisation(Level.HQ)),
    )


def _by_unit(rooms: Sequence[RoomSession], policy: Policy) -> Text:
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
