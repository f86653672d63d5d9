"""How the rosters of sites stand that somebody at the desk has found, and who last pressed them (C9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from exam_ops.core import policies
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, ExamSite, SiteUnit
from proctors.models import RosterPress
from proctors.selectors import short_rooms
from proctors.selectors.roster_check import presses
from proctors.services import pressing_by_hand


@dataclass(frozen=True, slots=True)
class SiteRosters:
    """The next plan that a site sits, how many of its rooms ahead are short, and the last press."""

    plan: ExamPlan
    short: int
    pressed: RosterPress | None
    may_press: bool


def rosters_of(actor: Actor, sites: Iterable[ExamSite], *, now: datetime) -> dict[int, SiteRosters]:
    """By site; a site that sits nothing any more is left out."""
    ahead = SiteUnit.objects.filter(site__in=list(sites), starts_at__gt=now).select_related("unit__plan")
    by_site: dict[int, list[SiteUnit]] = {}
    for site_unit in ahead.order_by("starts_at", "pk"):
        group = by_site.setdefault(site_unit.site_id, [])
        if not group or group[0].unit.plan_id == site_unit.unit.plan_id:
            group.append(site_unit)
    return {site: _of(actor, site, group, now) for site, group in by_site.items()}


def _of(actor: Actor, site: int, site_units: list[SiteUnit], now: datetime) -> SiteRosters:
    plan = site_units[0].unit.plan
    policy = policies.of(plan)
    short = short_rooms(site_units, needed=policy.proctors_per_room).count()
    pressed = presses(plan, [site]).get(site)
    waits = pressed is not None and now < pressing_by_hand.may_again(pressed, policy)
    return SiteRosters(plan, short, pressed, bool(short) and not waits and actor.may(pressing_by_hand.ACTION))
