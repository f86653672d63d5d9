"""技术支持: the queue of technical incidents, and whoever or whatever a caller names, with the facts (A1, E11)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from client_support.models import MachineReport
from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import Device, ExamPlan, ExamSite, RosterRow, Sitting, User
from exam_ops.workbench.links import url_or_nothing
from exam_ops.workbench.selectors.accounts import Lock, locks, may_unlock
from exam_ops.workbench.selectors.todo import TECHNICAL
from exam_ops.workbench.words import PLATFORMS, memberships_of
from incidents.models import Entry, Incident

SEE = "support.see"
SHOWN = 60
FOUND = 10
SHORTEST = 2  # characters of a search
MEASURED = timedelta(hours=24)
Status = Incident.Status


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One incident of the queue; times on the page's clock."""

    incident: Incident
    rooms: list[str]
    opened_at: datetime
    answered_in: timedelta | None
    url: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue, oldest unanswered first, with its figures."""

    lines: list[QueueLine]
    waiting: int
    taken: int
    resolved: int
    first_answer: timedelta | None  # the median of the last day


def technical(actor: Actor) -> QuerySet[Incident]:
    """Technical incidents in scope."""
    return access.visible(actor, Incident, SEE).filter(type__in=TECHNICAL)


def mark_of(actor: Actor) -> tuple[Any, ...]:
    """What the queue depends on: the last line of its timelines."""
    return tuple(
        Entry.objects.filter(incident__in=technical(actor).values("pk")).aggregate(Max("pk")).values()
    )


def plan_of(actor: Actor) -> ExamPlan | None:
    """The one plan that the queue is about, if it is one."""
    rows = technical(actor).exclude(status=Status.RESOLVED)
    plans = list(ExamPlan.objects.filter(pk__in=rows.values("site_unit__unit__plan"))[:2])
    return plans[0] if len(plans) == 1 else None


def queue(actor: Actor, about: ExamPlan | None, *, now: datetime) -> Queue:
    """What waits for technical support, oldest first; then what somebody has taken."""
    entries = Entry.objects.filter(incident=OuterRef("pk")).order_by("pk")
    timed = technical(actor).annotate(
        began=Subquery(entries.values("plan_at")[:1]),
        answered=Subquery(entries.filter(kind="acknowledged").values("plan_at")[:1]),
    )
    unsolved = timed.exclude(status=Status.RESOLVED)
    order = Case(When(status=Status.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = (
        unsolved.select_related(
            "site_unit__site__branch", "site_unit__unit__plan", "opened_by", "acknowledged_by"
        )
        .prefetch_related("room_sessions__room")
        .order_by(order, "opened_at")[:SHOWN]
    )
    recent = timed.filter(opened_at__gt=now - MEASURED)
    sizes = recent.aggregate(resolved=Count("pk", filter=Q(status=Status.RESOLVED)))
    standing = unsolved.aggregate(
        waiting=Count("pk", filter=Q(status=Status.OPEN)),
        taken=Count("pk", filter=Q(status=Status.ACKNOWLEDGED)),
    )
    answered = recent.exclude(answered=None).values_list("began", "answered")[:500]
    spans = [last - first for first, last in answered]
    return Queue(
        lines=[_line(row, about) for row in rows],
        waiting=standing["waiting"],
        taken=standing["taken"],
        resolved=sizes["resolved"],
        first_answer=median(spans) if spans else None,
    )


def _line(row: Any, about: ExamPlan | None) -> QueueLine:
    plan = row.site_unit.unit.plan
    began = row.began or plan.plan_time(row.opened_at)
    shift = (about.clock_offset if about else timedelta(0)) - plan.clock_offset
    return QueueLine(
        incident=row,
        rooms=[session.room.room_no for session in row.room_sessions.all()],
        opened_at=began + shift,
        answered_in=row.answered - began if row.answered else None,
        url=url_or_nothing("incident-detail", row.pk),
        is_open=row.status == Status.OPEN,
    )


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what the desk needs to know of it."""

    user: User
    lock: Lock | None
    can_unlock: bool
    devices: list[Device]
    duties: list[RosterRow]

    @property
    def profile(self) -> Any:
        return getattr(self.user, "proctor", None)

    @property
    def phones(self) -> list[tuple[Device, str]]:
        """The phones with their platforms' names."""
        return [(device, PLATFORMS.get(device.platform, device.platform)) for device in self.devices]

    @property
    def roles(self) -> list[dict[str, Any]]:
        return memberships_of(self.user)


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that a key fits, a few of each kind."""

    people: list[Person] = field(default_factory=list)
    sittings: list[Sitting] = field(default_factory=list)
    machines: list[MachineReport] = field(default_factory=list)
    sites: list[Any] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.people or self.sittings or self.machines or self.sites)


def find(actor: Actor, key: str, *, now: datetime) -> Found:
    """People, candidates, machines and sites in scope by any key: user name, name, student or ticket number,
    device or machine id, a site's name or code."""
    return Found(
        people=_people(actor, key, now),
        sittings=_sittings(actor, key),
        machines=_machines(actor, key),
        sites=_sites(actor, key),
    )


def _people(actor: Actor, key: str, now: datetime) -> list[Person]:
    fits = Q(username__iexact=key) | Q(name__icontains=key) | Q(username__istartswith=key)
    fits |= Q(pk__in=Device.objects.filter(device_id__iexact=key).values("user"))
    ahead = (
        RosterRow.objects.filter(room_session__site_unit__ends_at__gt=now)
        .select_related(
            "room_session__room", "room_session__site_unit__unit__plan", "room_session__site_unit__site"
        )
        .order_by("room_session__site_unit__starts_at")
    )
    rows = (
        access.visible(actor, User, SEE)
        .filter(fits)
        .select_related("proctor__site")
        .prefetch_related(
            "memberships__site",
            "memberships__branch",
            "memberships__centre",
            "memberships__candidate",
            Prefetch("devices", Device.objects.order_by("-seen_at")),
            Prefetch("roster_rows", ahead),
        )
        .order_by("username")
    )
    users = list(rows[:FOUND])
    locked, unlockable = locks([user.username for user in users], now=now), may_unlock(actor, users)
    return [
        Person(
            user=user,
            lock=locked.get(user.username),
            can_unlock=user.pk in unlockable,
            devices=list(user.devices.all())[:3],
            duties=list(user.roster_rows.all())[:4],
        )
        for user in users
    ]


def _sittings(actor: Actor, key: str) -> list[Sitting]:
    rows = access.visible(actor, Sitting, SEE).filter(
        Q(ticket_no__iexact=key) | Q(candidate__student_no__iexact=key) | Q(candidate__name=key)
    )
    return list(
        rows.select_related(
            "candidate", "paper", "site_unit__site", "site_unit__unit__plan", "room_session__room"
        ).order_by("-site_unit__starts_at", "pk")[:FOUND]
    )


def _machines(actor: Actor, key: str) -> list[MachineReport]:
    rows = access.visible(actor, MachineReport, SEE).filter(machine_id__iexact=key)
    return list(rows.select_related("site").order_by("-at")[:3])


def _sites(actor: Actor, key: str) -> list[ExamSite]:
    rows = access.visible(actor, ExamSite, SEE).filter(Q(name__icontains=key) | Q(code__iexact=key))
    return list(
        rows.select_related("branch")
        .annotate(
            room_count=Count("rooms", distinct=True),
            addresses=Count("public_addresses", filter=Q(public_addresses__removed_at=None), distinct=True),
        )
        .order_by(F("code"))[:FOUND]
    )
