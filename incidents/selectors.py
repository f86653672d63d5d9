"""What pages and the workbench show of incidents and evidence."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.urls import reverse

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, RoomSession, SiteUnit
from exam_ops.rules.catalogue import INCIDENT_TYPES, IncidentType
from exam_ops.rules.escalation import Level
from exam_ops.rules.permissions import Role
from incidents import words
from incidents.models import Entry, Incident, LadderStep

SHORT_LIST = 8

_LEVEL_OF = {
    Role.HQ: Level.HQ,
    Role.BRANCH: Level.BRANCH,
    Role.SITE: Level.SITE,
    Role.CHIEF: Level.SITE,
}


def level_of(actor: Actor) -> Level:
    """The highest rung of the ladder on which the actor stands; everybody else sees from the site."""
    held = {_LEVEL_OF[grant.role] for grant in actor.grants if grant.role in _LEVEL_OF}
    return next((level for level in (Level.HQ, Level.BRANCH) if level in held), Level.SITE)


def with_times(rows: QuerySet[Incident], *, now: datetime) -> QuerySet[Incident]:
    """Incidents with what a line shows; times are plan times as they were told, which no jump moves.

    `overdue`: 1 where the level asked has left its time to say "mine" unused at `now`, else 0.
    """
    told = Entry.objects.filter(incident=OuterRef("pk"), kind="told").order_by("-pk")
    first = Entry.objects.filter(incident=OuterRef("pk")).order_by("pk")
    return (
        rows.select_related(
            "site_unit__unit__plan", "site_unit__site__branch", "acknowledged_by", "handed_to"
        )
        .prefetch_related("room_sessions__room")
        .annotate(
            opened_plan_at=Subquery(first.values("plan_at")[:1]),
            told_plan_at=Subquery(told.values("plan_at")[:1]),
            acknowledge_by=asked_until(),
            people=Count("sittings", distinct=True),
        )
        .annotate(overdue=_one_where(Q(status=Incident.Status.OPEN, acknowledge_by__lte=now)))
    )


def asked_until() -> Subquery:
    """Until when the highest level that was asked in this round must say "mine" (real)."""
    height = Case(
        When(level=Level.HQ, then=Value(2)), When(level=Level.BRANCH, then=Value(1)), default=Value(0)
    )
    asked = LadderStep.objects.filter(
        incident=OuterRef("pk"), round=OuterRef("round"), acknowledge_by__isnull=False
    )
    return Subquery(asked.order_by(height.desc()).values("acknowledge_by")[:1])


def troubled_first(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    """Rows of `with_times` in the order of boards: overdue from Ⅲ up, then by grade, unanswered, oldest first."""
    ranked = rows.annotate(
        urgent=_one_where(Q(overdue=1, grade__lte=3)), unanswered=_one_where(Q(status=Incident.Status.OPEN))
    )
    return ranked.order_by("-urgent", "grade", "-unanswered", "opened_at", "pk")


def _one_where(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def on_page(at: datetime | None, plan: ExamPlan, about: ExamPlan | None) -> datetime | None:
    """A plan time of `plan` on the clock of a page about `about` (None: the real clock)."""
    if at is None:
        return None
    return at - plan.clock_offset + (about.clock_offset if about else timedelta(0))


def line(incident: Incident, about: ExamPlan | None = None) -> dict[str, Any]:
    """One incident of `with_times` as lists and boards show it (`incidents/_line.html`)."""
    site_unit = incident.site_unit
    plan = site_unit.unit.plan
    due = plan.laid_time(incident.acknowledge_by) if incident.acknowledge_by else None  # type: ignore[attr-defined]
    return {
        "pk": incident.pk,
        "url": reverse("incident-detail", args=[incident.pk]),
        "number": incident.number,
        "code": incident.type,
        "title": incident.kind.title,
        "grade": incident.grade,
        "grade_label": words.GRADES[incident.grade],
        "status": incident.status,
        "status_label": words.STATUSES[incident.status],
        "tone": words.STATUS_TONES[incident.status],
        "level": incident.level,
        "level_label": words.LEVELS[incident.level],
        "plan": plan,
        "unit": site_unit.unit,
        "site": site_unit.site,
        "branch": site_unit.site.branch,
        "rooms": [session.room for session in incident.room_sessions.all()],
        "people": incident.people,  # type: ignore[attr-defined]
        "mass": incident.mass,
        "declared_major": incident.declared_major,
        "opened_at": on_page(incident.opened_plan_at, plan, about),  # type: ignore[attr-defined]
        "told_at": on_page(incident.told_plan_at, plan, about),  # type: ignore[attr-defined]
        "acknowledge_by": on_page(due, plan, about) if incident.status == Incident.Status.OPEN else None,
        "overdue": bool(incident.overdue),  # type: ignore[attr-defined]
        "acknowledged_by": incident.acknowledged_by,
        "handed_to": incident.handed_to,
    }


def my_incidents(
    actor: Actor, now: datetime, *, about: ExamPlan | None = None
) -> tuple[list[dict[str, Any]], int]:
    """The unsolved incidents that wait for this person: the first few as in `line`, and how many there are.

    What waits for an answer goes before what somebody has in hand.
    """
    if not actor.may("incident.see"):
        return [], 0
    rows = (
        access.visible(actor, Incident, "incident.see")
        .exclude(status=Incident.Status.RESOLVED)
        .filter(_mine(actor))
    )
    mine = Incident.objects.filter(pk__in=rows.values("pk"))
    found = troubled_first(with_times(mine, now=now))
    return [line(incident, about) for incident in found[:SHORT_LIST]], mine.count()


def _mine(actor: Actor) -> Q:
    """What stands before a person: their level's, what they took on, their rooms', support's kinds."""
    mine = Q(acknowledged_by=actor.user) | Q(opened_by=actor.user) | Q(handed_to=actor.user)
    if held := [level for role, level in _LEVEL_OF.items() if actor.has(role)]:
        asked = {"steps__round": F("round"), "steps__acknowledge_by__isnull": False}
        mine |= Q(level__in=held)
        mine |= Q(
            steps__level__in=held, steps__acknowledged_at=None, **asked
        )  # gone up, but not answered here
    if actor.has(Role.PROCTOR):
        mine |= Q(room_sessions__roster__proctor=actor.user)
    if actor.has(Role.SUPPORT):
        mine |= Q(type__in=[code for code, kind in INCIDENT_TYPES.items() if kind.technical])
    return mine


def rooms_open_to(actor: Actor, action: str) -> QuerySet[RoomSession]:
    """Room sessions where the actor may do `action`: all in scope, but a proctor's by the roster alone."""
    office = Actor(actor.user, tuple(g for g in actor.grants if g.role is not Role.PROCTOR))
    allowed = Q(pk__in=access.visible(office, RoomSession, action).values("pk"))
    if any(grant.role is Role.PROCTOR for grant in actor.holding(action)):
        allowed |= Q(roster__proctor=actor.user)
    return RoomSession.objects.filter(allowed).distinct()


def closes_at(site_unit: SiteUnit) -> datetime:
    """When evidence closes, in plan time; a reopening by headquarters moves it past the unit's end."""
    return site_unit.unit.plan.laid_time(site_unit.evidence_closes_at)


def kinds_for(actor: Actor) -> list[IncidentType]:
    """The types that the actor may report, in the order of the catalogue; an inspector as staff of the site."""
    roles = set(actor.roles) | ({Role.PROCTOR.value} if actor.has(Role.INSPECTOR) else set())
    return [kind for kind in INCIDENT_TYPES.values() if roles & {party.value for party in kind.opened_by}]
