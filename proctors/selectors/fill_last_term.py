"""An earlier plan of the site: who proctored it, whether they still can, and where they stood (C8)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from exam_ops.core.models import ExamPlan, ExamSite, RosterRow, SiteUnit, User
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.roster_fill_model import Place
from proctors.selectors.changes import certified_among
from proctors.selectors.fill_task import proctors_of

KINDS = (ExamPlan.Kind.REAL, ExamPlan.Kind.MOCK)


@dataclass(frozen=True, slots=True)
class Earlier:
    """Somebody who proctored the earlier plan here: in how many units, and whether they can again."""

    user: User
    units: int
    is_certified: bool
    is_of_site: bool
    has_phone: bool

    @property
    def can_come(self) -> bool:
        return self.is_certified and self.is_of_site


def plans_before(site: ExamSite, plan: ExamPlan) -> list[ExamPlan]:
    """Plans that began earlier and had a roster at the site, the latest first."""
    rows = RosterRow.objects.filter(room_session__site_unit__site=site)
    found = ExamPlan.objects.filter(
        pk__in=rows.values("room_session__site_unit__unit__plan"),
        kind__in=KINDS,
        starts_on__lt=plan.starts_on,
    )
    return list(found.order_by("-starts_on", "code"))


def people_of(site: ExamSite, earlier: ExamPlan) -> list[Earlier]:
    """Who stood on the earlier roster: those who can come again first, then by name."""
    stood = Counter(_rows(site, earlier).values_list("proctor_id", flat=True))
    of_site = {user.pk for user in proctors_of(site)}
    certified = certified_among(stood)
    users = User.objects.filter(pk__in=stood).select_related("proctor").prefetch_related("devices")
    people = [
        Earlier(
            user,
            stood[user.pk],
            user.pk in certified,
            user.pk in of_site,
            bool(user.devices.all()) or bool(getattr(getattr(user, "proctor", None), "phone", "")),
        )
        for user in users.order_by("name", "username")
    ]
    return sorted(people, key=lambda each: not each.can_come)


def pattern(site: ExamSite, earlier: ExamPlan, site_units: Sequence[SiteUnit]) -> dict[Place, int]:
    """Where each would stand as in the earlier plan: the same room and duty, the unit of the same day and turn.

    Days are counted from the plan's first at the site, units from the first of their day.
    """
    then = SiteUnit.objects.filter(site=site, unit__plan=earlier).select_related("unit")
    now = SiteUnit.objects.filter(site=site, unit__plan=site_units[0].unit.plan_id).select_related("unit")
    chosen = {s.pk for s in site_units}
    after = {turn: pk for pk, turn in _turns(now).items() if pk in chosen}
    before = _turns(then)
    rows = _rows(site, earlier).values_list(
        "room_session__site_unit_id", "room_session__room_id", "position", "proctor_id"
    )
    return {
        Place(after[before[unit]], room, position): person
        for unit, room, position, person in rows
        if before[unit] in after
    }


def _rows(site: ExamSite, plan: ExamPlan) -> QuerySet[RosterRow]:
    return RosterRow.objects.filter(
        room_session__site_unit__site=site, room_session__site_unit__unit__plan=plan
    )


def _turns(site_units: Iterable[SiteUnit]) -> dict[int, tuple[int, int]]:
    """Site unit → number of its day, and of its turn on the day."""
    days: dict[date, list[int]] = {}
    for site_unit in sorted(site_units, key=lambda s: (s.unit.start, s.unit.code)):
        days.setdefault(site_unit.unit.start.astimezone(BEIJING).date(), []).append(site_unit.pk)
    return {pk: (day, turn) for day, pks in enumerate(days.values()) for turn, pk in enumerate(pks)}
