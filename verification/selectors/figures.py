"""签到统计 above the site (E1, E2): figures of units, branches and sites from the rooms' counters, in the actor's scope."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, ExamSite, RoomSession, RosterRow, SiteUnit, Sitting, TimeUnit
from exam_ops.core.snapshot import one_look
from exam_ops.rules.entry import Entry
from exam_ops.rules.expected import expected_count
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.policy import DEFAULT, Policy
from verification.selectors.entry import Stats, with_effective_status
from verification.selectors.site_board import UNCHECKED_BEFORE
from verification.selectors.small_figures import SMALL

SEE = "sign_in.see"
COUNTED = ("registered", "signed_in", "pending", "approved", "rejected", "absent", "emergency")
_LEFT_OUT = (Entry.NOT_SIGNED_IN, Entry.PENDING)


@dataclass(slots=True)
class Figures:
    """Counts of many rooms together."""

    stats: Stats = field(default_factory=Stats)
    sites: int = 0
    rooms: int = 0
    troubled: int = 0  # rooms in trouble
    incidents: int = 0
    roomless: int = 0  # candidates without a room, counted in `stats` as well
    usual: int | None = None  # how many have usually signed in by now; None: entry is not open
    checked: int = 0  # proctors face-checked today (C0), of
    rostered: int = 0
    small: dict[str, int] = field(default_factory=dict)  # by the key of its row in `SMALL`


def total(many: Iterable[Figures]) -> Figures:
    """All of them together."""
    found = Figures()
    for one in many:
        found.stats += one.stats
        for name in ("sites", "rooms", "troubled", "incidents", "roomless", "checked", "rostered"):
            setattr(found, name, getattr(found, name) + getattr(one, name))
        if one.usual is not None:
            found.usual = (found.usual or 0) + one.usual
        for key, number in one.small.items():
            found.small[key] = found.small.get(key, 0) + number
    return found


def plans_of(actor: Actor) -> QuerySet[ExamPlan]:
    """Plans with units at a site in the actor's scope, the latest first."""
    seen = access.visible(actor, SiteUnit, SEE).values("unit__plan")
    return ExamPlan.objects.filter(pk__in=seen).order_by("-starts_on", "code")


def only_site(actor: Actor) -> int | None:
    """The actor's one site, when all that they may see of sign-ins is there."""
    grants = list(actor.holding(SEE))
    sites = {grant.site_id for grant in grants}
    return next(iter(sites)) if len(sites) == 1 and not any(g.is_everywhere for g in grants) else None


def present_site_unit(site_id: int, *, now: datetime) -> SiteUnit | None:
    """The site's unit that is on, or the next within half a day; None when two plans would both be meant."""
    rows = SiteUnit.objects.filter(
        site=site_id, ends_at__gt=now, entry_opens_at__lt=now + timedelta(hours=12)
    ).select_related("unit")
    ahead = list(rows.order_by("starts_at", "pk")[:20])
    if len({site_unit.unit.plan_id for site_unit in ahead}) != 1:
        return None
    return ahead[0]


def days_of(actor: Actor, plan: ExamPlan) -> list[date]:
    """The days on which the plan has units at sites in scope."""
    rows = TimeUnit.objects.filter(
        plan=plan, pk__in=access.visible(actor, SiteUnit, SEE).filter(unit__plan=plan).values("unit")
    )
    return sorted({start.astimezone(BEIJING).date() for start in rows.values_list("start", flat=True)})


def site_units_of(
    actor: Actor, plan: ExamPlan, *, on: date | None = None, unit: str = ""
) -> QuerySet[SiteUnit]:
    """Site units of the plan in scope, of one day or one unit."""
    rows = access.visible(actor, SiteUnit, SEE).filter(unit__plan=plan)
    if on is not None:
        midnight = datetime(on.year, on.month, on.day, tzinfo=BEIJING)
        rows = rows.filter(unit__start__gte=midnight, unit__start__lt=midnight + timedelta(days=1))
    return rows.filter(unit__code=unit) if unit else rows


def figures(
    site_units: QuerySet[SiteUnit],
    by: str,
    *,
    now: datetime,
    policy: Policy = DEFAULT,
    all_have_rooms: bool = False,
) -> dict[Hashable, Figures]:
    """Figures by a look-up of the site unit (`pk`, `unit`, `site__branch`), in statements that agree.

    `all_have_rooms`: who asks knows already that no candidate is without a room.
    """
    found: dict[Hashable, Figures] = defaultdict(Figures)
    chosen = site_units.order_by().values("pk")
    with one_look():
        if _add_rooms(found, chosen, by, now, policy):
            _add_left_out(found, chosen, by, now)
        if not all_have_rooms:
            _add_roomless(found, chosen, by, now)
    return dict(found)


def board_figures(
    site_units: QuerySet[SiteUnit], by: str, *, now: datetime, policy: Policy
) -> dict[Hashable, Figures]:
    """The same with what only boards show: proctors checked of those rostered, and the small figures."""
    chosen = site_units.order_by().values("pk")
    with one_look():
        counted = {small.key: small.counted.by(chosen, by) for small in SMALL}
        all_have_rooms = not counted["roomless"]
        found = figures(site_units, by, now=now, policy=policy, all_have_rooms=all_have_rooms)
        rows = RosterRow.objects.filter(room_session__site_unit__in=chosen).order_by()
        for place, rostered in rows.values_list(f"room_session__site_unit__{by}").annotate(Count("pk")):
            found.setdefault(place, Figures()).rostered = rostered
    for key, numbers in counted.items():
        for place, number in numbers.items():
            found.setdefault(place, Figures()).small[key] = number
    return found


def _add_rooms(found: dict[Hashable, Figures], chosen: Any, by: str, now: datetime, policy: Policy) -> int:
    """The rooms' counters; returns in how many rooms the absent are still to be told (C17)."""
    key = f"site_unit__{by}"
    rows = RoomSession.objects.filter(site_unit__in=chosen).order_by()
    times = ("site_unit__starts_at", "site_unit__entry_opens_at", "site_unit__entry_closes_at")
    unsettled = 0
    for row in rows.values(key, *times).annotate(
        **{f"n_{name}": Sum(name) for name in COUNTED},
        n_sites=Count("site_unit", distinct=True),
        n_rooms=Count("pk"),
        n_troubled=Count("pk", filter=in_trouble(now, policy)),
        n_incidents=Sum("open_incidents"),
        n_checked=Sum("proctors_checked"),
        n_unsettled=Count("pk", filter=_unsettled(now)),
    ):
        total = found[row[key]]
        stats = Stats(*(row[f"n_{name}"] or 0 for name in COUNTED))
        total.stats += stats
        total.sites, total.rooms = total.sites + row["n_sites"], total.rooms + row["n_rooms"]
        total.troubled, total.incidents = (
            total.troubled + row["n_troubled"],
            total.incidents + row["n_incidents"],
        )
        total.checked += row["n_checked"]
        starts, opens, closes = (row[time] for time in times)
        if opens <= now < closes:
            total.usual = (total.usual or 0) + expected_count(stats.registered, now - starts)
        unsettled += row["n_unsettled"]
    return unsettled


def in_trouble(now: datetime, policy: Policy = DEFAULT) -> Q:
    """Rooms in trouble by their counters: the same reasons as on the board of the site."""
    unchecked = Q(
        proctors_checked=0,
        registered__gt=0,
        site_unit__starts_at__lte=now + UNCHECKED_BEFORE,
        site_unit__ends_at__gt=now,
    )
    silent = Q(
        signed_in=0,
        approved=0,
        registered__gt=0,
        site_unit__starts_at__lte=now + policy.silent_room_before,
        site_unit__entry_closes_at__gt=now,
    )
    waiting = Q(pending__gt=0, site_unit__entry_closes_at__gt=now)
    facts = Q(failed_only__gt=0) | Q(open_incidents__gt=0) | Q(refused_logins__gt=0) | Q(app_locked_out=True)
    return waiting | facts | unchecked | silent


def _unsettled(now: datetime) -> Q:
    """Rooms past close of entry with somebody who may be absent though no worker has said so yet."""
    told = sum((F(name) for name in ("approved", "rejected", "absent")), F("signed_in"))
    waiting = Q(pending__gt=0) | Q(registered__gt=told)
    return Q(site_unit__entry_closes_at__lte=now, app_locked_out=False) & waiting


def _add_roomless(found: dict[Hashable, Figures], chosen: Any, by: str, now: datetime) -> None:
    """Candidates without a room stand in no room's counters."""
    key = f"site_unit__{by}"
    rows = Sitting.objects.filter(site_unit__in=chosen, room_session=None).order_by()
    effective: Any = with_effective_status(rows, now=now)  # the checker knows no annotations
    for place, status, size, emergency in effective.values_list(key, "effective").annotate(
        size=Count("pk"), urgent=Count("pk", filter=Q(emergency=True))
    ):
        total = found[place]
        total.roomless += size
        total.stats.registered += size
        total.stats.emergency += emergency
        if status != Entry.NOT_SIGNED_IN:
            setattr(total.stats, status, getattr(total.stats, status) + size)


def _add_left_out(found: dict[Hashable, Figures], chosen: Any, by: str, now: datetime) -> None:
    """Past close of entry who was left out is absent, whether or not the engine has come by (C17)."""
    key = f"site_unit__{by}"
    rooms = RoomSession.objects.filter(_unsettled(now), site_unit__in=chosen).values("pk")
    rows = Sitting.objects.filter(room_session__in=rooms, entry_status__in=_LEFT_OUT).order_by()
    effective: Any = with_effective_status(rows, now=now)  # the checker knows no annotations
    due = effective.filter(effective=Entry.ABSENT)
    for place, status, size in due.values_list(key, "entry_status").annotate(size=Count("pk")):
        found[place].stats.absent += size
        if status == Entry.PENDING:
            found[place].stats.pending -= size


def spans_of(site_units: QuerySet[SiteUnit]) -> dict[int, tuple[datetime, datetime]]:
    """Unit → when the first of these site units starts and the last ends, in plan time."""
    rows = site_units.order_by().values_list("unit").annotate(Min("start"), Max("end"))
    return {unit: (start, end) for unit, start, end in rows}


def sites_of(site_units: QuerySet[SiteUnit]) -> list[tuple[int, str, str]]:
    """(primary key, site's code, site's name) of these site units."""
    return list(site_units.order_by("site__code").values_list("pk", "site__code", "site__name"))


def branches_of(site_units: QuerySet[SiteUnit]) -> list[tuple[int, str, str]]:
    """(primary key, code, name) of the branches of these site units."""
    rows = ExamSite.objects.filter(site_units__in=site_units.order_by().values("pk"))
    return list(
        rows.order_by("branch__code").values_list("branch", "branch__code", "branch__name").distinct()
    )
