"""What is a person's own: a proctor's rooms, a candidate's sittings, a centre's candidates (E1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from exam_ops.core.access import Actor
from exam_ops.core.models import RosterRow, SiteUnit, Sitting
from exam_ops.rules.entry import Entry
from exam_ops.rules.permissions import Role
from exam_ops.workbench.links import url_or_nothing
from exam_ops.workbench.selectors.today import Today, own_roster, own_sittings
from verification.selectors.entry import Stats, stats_of

SITTINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Duty:
    """A room in which the proctor stands on the day; times are plan times."""

    row: RosterRow
    opens: datetime
    partner: str
    stats: Stats
    evidence_url: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A candidate's own sitting."""

    sitting: Sitting
    opens: datetime
    closes: datetime
    is_over: bool
    until: datetime | None  # the next that matters to the candidate
    until_what: Any


@dataclass(frozen=True, slots=True)
class CentreLine:
    """A centre's candidates in one unit at one site."""

    site_unit: SiteUnit
    registered: int
    let_in: int
    absent: int


def duties_of(actor: Actor, today: Today, *, now: datetime) -> list[Duty]:
    """The proctor's rooms of the day in order of time."""
    if not actor.has(Role.PROCTOR):
        return []
    rows = list(
        own_roster(actor)
        .filter(room_session__site_unit__in=today.rows.values("pk"))
        .select_related(
            "room_session__room", "room_session__site_unit__unit", "room_session__site_unit__site"
        )
        .prefetch_related(Prefetch("room_session__roster", RosterRow.objects.select_related("proctor")))
        .order_by("room_session__site_unit__start")
    )
    stats = stats_of([row.room_session for row in rows], now=now)
    return [
        Duty(
            row=row,
            opens=today.plan.laid_time(row.room_session.site_unit.entry_opens_at),
            partner="、".join(
                other.proctor.name for other in row.room_session.roster.all() if other.pk != row.pk
            ),
            stats=stats[row.room_session_id],
            evidence_url=url_or_nothing("evidence-room", row.room_session_id),
        )
        for row in rows
    ]


def seats_of(actor: Actor, *, now: datetime) -> list[Seat]:
    """A candidate's sittings: those ahead first, then what is over."""
    if not actor.has(Role.CANDIDATE):
        return []
    rows = own_sittings(actor).select_related(
        "paper", "room_session__room", "site_unit__site", "site_unit__unit__plan"
    )
    seats = [_seat(row, now) for row in rows.order_by("site_unit__start")[:SITTINGS_SHOWN]]
    return sorted(seats, key=lambda seat: seat.is_over)


def _seat(sitting: Sitting, now: datetime) -> Seat:
    site_unit = sitting.site_unit
    plan = site_unit.unit.plan
    return Seat(
        sitting,
        plan.laid_time(site_unit.entry_opens_at),
        plan.laid_time(site_unit.entry_closes_at),
        now >= site_unit.ends_at,
        *_next_for(sitting, now),
    )


def _next_for(sitting: Sitting, now: datetime) -> tuple[datetime | None, Any]:
    site_unit = sitting.site_unit
    plan = site_unit.unit.plan
    moments = (
        (site_unit.entry_opens_at, _("距开始入场")),
        (site_unit.starts_at, _("距开考")),
        (site_unit.entry_closes_at, _("距停止入场")),
    )
    return next(((plan.plan_time(at), what) for at, what in moments if at > now), (None, ""))


def centre_lines(actor: Actor, today: Today) -> list[CentreLine]:
    """The candidates of the actor's centres on the day, by site and unit."""
    centres = [grant.centre_id for grant in actor.grants if grant.centre_id]
    if not centres:
        return []
    found = (
        Sitting.objects.filter(candidate__centre__in=centres, site_unit__in=today.rows.values("pk"))
        .order_by()
        .values_list("site_unit")
        .annotate(
            registered=Count("pk"),
            let_in=Count("pk", filter=Q(entry_status__in=[Entry.SIGNED_IN, Entry.APPROVED])),
            absent=Count("pk", filter=Q(entry_status=Entry.ABSENT)),
        )
    )
    counts = {pk: sizes for pk, *sizes in found}
    rows = today.rows.filter(pk__in=counts).select_related("site", "unit").order_by("start", "site__code")
    return [CentreLine(site_unit, *counts[site_unit.pk]) for site_unit in rows]
