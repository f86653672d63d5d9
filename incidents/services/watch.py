"""Who a rung of the ladder reaches at many places at once: two look-ups for a whole batch (A2, D10)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from exam_ops.core.models import Membership, SiteUnit
from exam_ops.rules.ladder import ROLES_AT, Level, Rung
from incidents.models import Shift
from incidents.services import duty
from incidents.services.duty import OnDuty

Place = tuple[Level, int | None]  # with the primary key of the site or the branch


@dataclass(frozen=True)
class Wanted:
    """A level that is to be told about a site unit, and the roles that are told there."""

    level: Level
    site_unit: SiteUnit
    roles: frozenset[str]

    @property
    def place(self) -> Place:
        site = self.site_unit.site
        return self.level, {Level.SITE: site.pk, Level.BRANCH: site.branch_id}.get(self.level)


def wanted(level: Level, site_unit: SiteUnit, rung: Rung | None) -> Wanted:
    """A level by its rung; one that the ladder does not reach is told by all its roles."""
    return Wanted(level, site_unit, frozenset(rung.roles if rung else ROLES_AT[level]))


def on_duty(many: Iterable[Wanted], *, now: datetime) -> list[OnDuty]:
    """Who is on duty for each, in their order, on their plans' clocks; as `duty.on_duty` answers for one."""
    asked = list(many)
    people = _people({each.place for each in asked})
    plan_nows = [each.site_unit.unit.plan.plan_time(now) for each in asked]
    shifts = _shifts({each.place for each in asked}, plan_nows)
    return [
        _judge(each, people[each.place], shifts[each.place], plan_now)
        for each, plan_now in zip(asked, plan_nows, strict=True)
    ]


def _judge(each: Wanted, people: dict[int, set[str]], shifts: list[Shift], plan_now: datetime) -> OnDuty:
    begins, ends = duty.day_of(plan_now)
    kept = [s for s in shifts if s.starts_at < ends and s.ends_at > begins]
    running = {s.user_id for s in kept if s.starts_at <= plan_now < s.ends_at}
    holding = sorted(user for user, roles in people.items() if roles & each.roles)
    return duty.judge(holding, bool(kept), running)


def _people(places: set[Place]) -> dict[Place, dict[int, set[str]]]:
    """The active accounts of each place with the roles they hold there."""
    found: dict[Place, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    if not places:
        return found
    rows = Membership.objects.filter(
        Q(role__in=ROLES_AT[Level.SITE], site__in=_of(places, Level.SITE))
        | Q(role__in=ROLES_AT[Level.BRANCH], site=None, branch__in=_of(places, Level.BRANCH))
        | Q(role__in=ROLES_AT[Level.HQ] if (Level.HQ, None) in places else (), site=None, branch=None),
        user__is_active=True,
        centre=None,
        candidate=None,
    ).values_list("role", "site_id", "branch_id", "user_id")
    for role, site, branch, user in rows:
        found[_place(site, branch)][user].add(role)
    return found


def _shifts(places: set[Place], plan_nows: list[datetime]) -> dict[Place, list[Shift]]:
    """The shifts around the plans' times at each place, disabled accounts among them."""
    found: dict[Place, list[Shift]] = defaultdict(list)
    if not places:
        return found
    day = timedelta(days=1)
    rows = Shift.objects.filter(
        Q(level=Level.SITE, site__in=_of(places, Level.SITE))
        | Q(level=Level.BRANCH, branch__in=_of(places, Level.BRANCH))
        | Q(level=Level.HQ),
        starts_at__lt=max(plan_nows) + day,
        ends_at__gt=min(plan_nows) - day,
    )
    for shift in rows:
        found[_place(shift.site_id, shift.branch_id)].append(shift)
    return found


def _of(places: set[Place], level: Level) -> list[int]:
    return [pk for of, pk in places if of is level and pk is not None]


def _place(site: int | None, branch: int | None) -> Place:
    if site:
        return Level.SITE, site
    return (Level.BRANCH, branch) if branch else (Level.HQ, None)
