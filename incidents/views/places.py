"""Choosing a place step by step: plan → unit → site → room, as far as the actor's scope goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, RoomSession, SiteUnit, TimeUnit
from exam_ops.rules.permissions import Role
from incidents import selectors


@dataclass
class Place:
    """What may be chosen and what is; an unknown code in `wrong` was asked for and is not there."""

    plans: list[ExamPlan] = field(default_factory=list)
    units: list[TimeUnit] = field(default_factory=list)
    site_units: list[SiteUnit] = field(default_factory=list)
    sessions: list[RoomSession] = field(default_factory=list)
    plan: ExamPlan | None = None
    unit: TimeUnit | None = None
    site_unit: SiteUnit | None = None
    session: RoomSession | None = None
    needs_room: bool = False
    wrong: str = ""

    @property
    def words(self) -> str:
        """`城东考点 · 301考场 · 第1单元`, for forms that name the place."""
        if self.site_unit is None:
            return ""
        return place_words(self.site_unit, [self.session] if self.session else [])


def place_words(site_unit: SiteUnit, sessions: list[RoomSession]) -> str:
    """A place in one line: site, rooms, unit."""
    rooms = [str(session.room) for session in sessions]
    return " · ".join([str(site_unit.site), *rooms, str(site_unit.unit)])


def choose(actor: Actor, action: str, data: Mapping[str, Any], *, now: datetime) -> Place:
    """The place that `data` names by the codes `plan`, `unit`, `site` and `room`.

    What is not named is chosen where there is one right answer: the unit that runs or comes next, the only
    site, the only room of somebody who acts in rooms alone.
    """
    sessions = selectors.rooms_open_to(actor, action)
    scope = SiteUnit.objects.filter(pk__in=sessions.values("site_unit")).select_related("unit__plan", "site")
    place = Place(needs_room=all(grant.role is Role.PROCTOR for grant in actor.holding(action)))
    place.plans = list(
        ExamPlan.objects.filter(pk__in=scope.values("unit__plan")).order_by("-starts_on", "code")
    )
    place.plan = _named(place, place.plans, "code", data.get("plan")) or _plan_now(scope, now)
    if place.plan is None:
        return place
    of_plan = scope.filter(unit__plan=place.plan)
    place.units = list(TimeUnit.objects.filter(pk__in=of_plan.values("unit")))
    place.unit = _named(place, place.units, "code", data.get("unit")) or _unit_now(of_plan, now)
    place.site_units = list(of_plan.filter(unit=place.unit).order_by("site__code"))
    for site_unit in place.site_units:
        site_unit.unit.plan = place.plan
    place.site_unit = _named(place, place.site_units, "site.code", data.get("site")) or _only(
        place.site_units
    )
    if place.site_unit is not None:
        place.sessions = list(
            sessions.filter(site_unit=place.site_unit).select_related("room").order_by("room__room_no")
        )
        for session in place.sessions:
            session.site_unit = place.site_unit
        place.session = _named(place, place.sessions, "room.room_no", data.get("room"))
        if place.session is None and place.needs_room:
            place.session = _only(place.sessions)
    return place


def _named(place: Place, rows: list[Any], path: str, code: Any) -> Any:
    if not code:
        return None
    for row in rows:
        value = row
        for name in path.split("."):
            value = getattr(value, name)
        if value == code:
            return row
    place.wrong = place.wrong or path.split(".")[0]
    return None


def _only(rows: list[Any]) -> Any:
    return rows[0] if len(rows) == 1 else None


def _plan_now(scope: Any, now: datetime) -> ExamPlan | None:
    found = _nearest(scope, now)
    return found.unit.plan if found else None


def _unit_now(scope: Any, now: datetime) -> TimeUnit | None:
    found = _nearest(scope, now)
    return found.unit if found else None


def _nearest(scope: Any, now: datetime) -> SiteUnit | None:
    """The site unit that runs or comes next, else the last that was."""
    ahead = scope.filter(ends_at__gt=now).order_by("starts_at", "pk").first()
    return ahead or scope.order_by("-starts_at", "pk").first()
