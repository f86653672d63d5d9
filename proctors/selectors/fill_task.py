"""What stands before a site's roster is filled: empty places, people, what keeps them where (C8)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from exam_ops.core.models import ExamPlan, ExamSite, RoomSession, RosterRow, SiteUnit, User
from exam_ops.rules.permissions import Role
from exam_ops.rules.roster_fill_model import Limits, Person, Place, Span, Task
from proctors.models import ProctorChange
from proctors.selectors.busy import same_clock
from proctors.selectors.changes import certified_among
from proctors.selectors.recusals import recused

PLAIN = Limits()
AROUND = timedelta(days=1)  # duties so near a unit may stand in a row, or on a day, with it


@dataclass(frozen=True, slots=True)
class Choices:
    """What whoever fills has chosen. `left_out` are accounts; `wishes`: (site unit, room, position) → account.

    `rest`: places without a wish are filled too.
    """

    site: ExamSite
    plan: ExamPlan
    site_units: Sequence[SiteUnit]
    limits: Limits = PLAIN
    left_out: frozenset[int] = frozenset()
    wishes: Mapping[Place, int] | None = None
    rest: bool = True
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The task, with the rows that its keys stand for."""

    task: Task
    sessions: Mapping[tuple[int, int], RoomSession]  # (site unit, room) → room session
    people: Mapping[int, User]  # the site's, and who stands here without being of the site
    waiting: frozenset[Place]  # empty, and asked for already


def proctors_of(site: ExamSite) -> QuerySet[User]:
    """Active accounts that are proctors of a site, by name."""
    rows = User.objects.filter(memberships__role=Role.PROCTOR, memberships__site=site, is_active=True)
    return rows.distinct().select_related("proctor").order_by("name", "username")


def found(chosen: Choices, *, now: datetime) -> Found:
    """What the rule is asked, a fixed number of statements however large the site."""
    units = {s.pk: _span(s, chosen.plan) for s in chosen.site_units}
    sessions = {
        (s.site_unit_id, s.room_id): s
        for s in RoomSession.objects.filter(site_unit__in=units)
        .select_related("room", "site_unit__unit__plan", "site_unit__site__branch")
        .order_by("room__room_no")
    }
    rows = RosterRow.objects.filter(room_session__site_unit__in=units).select_related(
        "room_session", "proctor"
    )
    filled, here = {}, {}
    for row in rows:
        filled[Place(row.room_session.site_unit_id, row.room_session.room_id, row.position)] = row.proctor_id
        here[row.proctor_id] = row.proctor
    waiting = _waiting(units, now)
    everywhere = {
        Place(unit, room, position) for unit, room in sessions for position in RosterRow.Position.values
    }
    people = list(proctors_of(chosen.site))
    task = Task(
        units=units,
        places=sorted(everywhere - filled.keys() - waiting),
        people=_people(people, chosen, units, list(sessions.values()), now),
        filled=filled,
        limits=chosen.limits,
        wishes={} if chosen.wishes is None else _known(chosen.wishes, people),
        wishes_alone=not chosen.rest,
        seed=chosen.seed,
    )
    return Found(
        task, sessions, here | {user.pk: user for user in people}, frozenset(waiting - filled.keys())
    )


def _span(site_unit: SiteUnit, plan: ExamPlan) -> Span:
    return Span.of(plan.laid_time(site_unit.starts_at), plan.laid_time(site_unit.ends_at))


def _waiting(units: Collection[int], now: datetime) -> set[Place]:
    """Places that a change waits for: the branch decides about them."""
    rows = ProctorChange.objects.filter(
        site_unit__in=units, status=ProctorChange.Status.PENDING, window_until__gt=now
    )
    found = rows.values_list("site_unit_id", "room_session__room_id", "position")
    return {Place(unit, room, position) for unit, room, position in found}


def _known(wishes: Mapping[Place, int], people: Sequence[User]) -> dict[Place, int]:
    ids = {user.pk for user in people}
    return {place: person for place, person in wishes.items() if person in ids}


def _people(
    people: Sequence[User],
    chosen: Choices,
    units: Mapping[int, Span],
    sessions: Sequence[RoomSession],
    now: datetime,
) -> list[Person]:
    ids = [user.pk for user in people]
    certified = certified_among(ids)
    elsewhere = _elsewhere(ids, chosen, units, now)
    loads, experience = _loads(ids, chosen.plan, units), _experience(ids, now)
    places = {s.pk: (s.site_unit_id, s.room_id) for s in sessions}
    kept_away: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for person, session in recused(ids, places):
        kept_away[person].add(places[session])
    return [
        Person(
            pk,
            certified=pk in certified,
            left_out=pk in chosen.left_out,
            elsewhere=tuple(elsewhere[pk]),
            load=loads[pk],
            recused=frozenset(kept_away[pk]),
            experience=experience[pk],
        )
        for pk in ids
    ]


def _elsewhere(
    ids: Sequence[int], chosen: Choices, units: Mapping[int, Span], now: datetime
) -> dict[int, list[Span]]:
    """Duties around the units that are not on this roster, and those that a waiting change would bring."""
    found: dict[int, list[Span]] = defaultdict(list)
    if not units:
        return found
    plan = chosen.plan
    first = plan.real_time(min(span.start for span in units.values())) - AROUND
    last = plan.real_time(max(span.end for span in units.values())) + AROUND
    rows = RosterRow.objects.filter(
        same_clock(plan, "room_session__site_unit__"),
        proctor__in=ids,
        room_session__site_unit__starts_at__lt=last,
        room_session__site_unit__ends_at__gt=first,
    ).exclude(room_session__site_unit__in=units)
    asked = ProctorChange.objects.filter(
        same_clock(plan, "site_unit__"),
        incoming__in=ids,
        status=ProctorChange.Status.PENDING,
        window_until__gt=now,
        site_unit__starts_at__lt=last,
        site_unit__ends_at__gt=first,
    )
    for person, start, end in (
        *rows.values_list(
            "proctor_id", "room_session__site_unit__starts_at", "room_session__site_unit__ends_at"
        ),
        *asked.values_list("incoming_id", "site_unit__starts_at", "site_unit__ends_at"),
    ):
        found[person].append(Span.of(plan.laid_time(start), plan.laid_time(end)))
    return found


def _loads(ids: Sequence[int], plan: ExamPlan, units: Collection[int]) -> Counter[int]:
    """Units of the plan that each stands in outside the chosen ones."""
    rows = RosterRow.objects.filter(proctor__in=ids, room_session__site_unit__unit__plan=plan)
    rows = rows.exclude(room_session__site_unit__in=units).order_by()
    return Counter(dict(rows.values_list("proctor").annotate(n=Count("pk"))))


def _experience(ids: Sequence[int], now: datetime) -> Counter[int]:
    """Units that each has proctored, drills apart."""
    rows = RosterRow.objects.filter(proctor__in=ids, room_session__site_unit__ends_at__lt=now)
    rows = rows.exclude(room_session__site_unit__unit__plan__kind=ExamPlan.Kind.DRILL).order_by()
    return Counter(dict(rows.values_list("proctor").annotate(n=Count("pk"))))
