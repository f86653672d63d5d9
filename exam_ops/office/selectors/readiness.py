"""Whether proctors are ready before the mock exam: a nation, a branch or a site in a fixed number of statements (B8)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, Count, Exists, Max, Min, OuterRef, Q, QuerySet, When

from exam_ops.core import policies
from exam_ops.core.access import Actor, visible
from exam_ops.core.models import Device, ExamPlan, ExamSite, ProctorProfile, RosterRow, SiteUnit
from exam_ops.rules.readiness import Lack, Light, ProctorFacts, lacks_of, light_of
from verification.selectors.releases import Phone, Table

SEE = "readiness.see"
PLANS_SHOWN = 200
_SEEN = "user__devices__seen_at"
_PHONE = tuple(
    f"user__devices__{name}"
    for name in ("platform", "app_version", "os_version", "model", "memory_mb", "form_factor")
)


def plans_of(actor: Actor, *, now: datetime) -> list[ExamPlan]:
    """Real and mock plans in scope: those ahead first, mock exams before the rest, then the latest."""
    seen = visible(actor, SiteUnit, SEE).exclude(unit__plan__kind=ExamPlan.Kind.DRILL)
    rows = ExamPlan.objects.filter(pk__in=seen.order_by().values("unit__plan"))
    today = now.date()
    found = list(rows.order_by("-starts_on", "code")[:PLANS_SHOWN])
    return sorted(found, key=lambda p: (p.ends_on < today, p.kind != ExamPlan.Kind.MOCK))


def sites_of(actor: Actor, plan: ExamPlan) -> QuerySet[ExamSite]:
    """The sites of the plan in scope."""
    here = SiteUnit.objects.filter(unit__plan=plan).values("site")
    return visible(actor, ExamSite, SEE).filter(pk__in=here)


@dataclass(frozen=True, slots=True)
class Dates:
    """By when a plan's people must be ready: its first unit, and since when a sign-in is recent (real instants)."""

    first: datetime
    since: datetime


def dates_of(plan: ExamPlan) -> Dates | None:
    """None for a plan without units."""
    first = SiteUnit.objects.filter(unit__plan=plan).aggregate(at=Min("starts_at"))["at"]
    return Dates(first, first - policies.of(plan).readiness_sign_in_within) if first else None


class Standing(NamedTuple):
    """One proctor with what they lack, the gravest first; accounts and sites by primary key."""

    user: int
    site: int
    lacks: tuple[Lack, ...]

    @property
    def light(self) -> Light:
        return light_of(self.lacks)

    @property
    def is_rostered(self) -> bool:
        return Lack.NOT_ROSTERED not in self.lacks


def standings(plan: ExamPlan, dates: Dates, **where: Any) -> Iterator[Standing]:
    """Every proctor of the sites in `where` (look-ups of `ProctorProfile`), judged by what holds on the first day.

    Two statements. Of several phones the one that signed in last counts.
    """
    judge = _Judge(Table.at(dates.first), dates.since)
    for row in _last_of_each(_rows(plan, dates, where)):
        yield Standing(row[0], row[1], judge.lacks(row))


def _last_of_each(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Of rows in order of accounts the last of each."""
    last = None
    for row in rows:
        if last is not None and last[0] != row[0]:
            yield last
        last = row
    if last is not None:
        yield last


def _rows(plan: ExamPlan, dates: Dates, where: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    """Account, site, and what `_Judge` reads, of each phone; the one that signed in last stands last."""
    rows = _judged_by(_proctors(where), plan, dates).order_by("user_id", _SEEN, "user__devices__pk")
    return rows.values_list("user_id", "site_id", "holds", "rostered", _SEEN, *_PHONE)


def _proctors(where: dict[str, Any]) -> QuerySet[ProctorProfile]:
    return ProctorProfile.objects.filter(user__is_active=True, **where)


def _judged_by(rows: QuerySet[ProctorProfile], plan: ExamPlan, dates: Dates) -> QuerySet[Any]:
    """Whether they hold a certificate on the first day, and whether they stand on a roster of the plan."""
    rostered = RosterRow.objects.filter(room_session__site_unit__unit__plan=plan).values("proctor")
    holds = Q(valid_until=None) | Q(valid_until__gt=dates.first)
    return rows.annotate(
        holds=_yes(holds, status=ProctorProfile.Status.CERTIFIED), rostered=_yes(Q(user__in=rostered))
    )


def _yes(condition: Q, **also: Any) -> Case:
    return Case(When(condition, **also, then=True), default=False, output_field=BooleanField())


class _Judge:
    """Judges rows of `_rows` and `_alike`, each kind once: a branch's proctors have some hundred kinds of phones."""

    def __init__(self, table: Table, since: datetime) -> None:
        self.table, self.since = table, since
        self.known: dict[tuple[Any, ...], tuple[Lack, ...]] = {}

    def lacks(self, row: tuple[Any, ...]) -> tuple[Lack, ...]:
        seen_at = row[4]
        is_recent = seen_at is not None and seen_at >= self.since
        kind = (row[2], row[3], is_recent, row[5:])
        found = self.known.get(kind)
        if found is None:
            found = self.known[kind] = self._judge(row)
        return found

    def _judge(self, row: tuple[Any, ...]) -> tuple[Lack, ...]:
        _, _, certified, is_rostered, seen_at, platform, app, os_version, model, memory, form = row
        app_fits = phone_fits = False
        if seen_at is not None:
            verdict = self.table.judge(Phone(platform, app, os_version, model or None, memory, form))
            app_fits, phone_fits = not verdict.of_the_app, not verdict.of_the_phone
        facts = ProctorFacts(certified, seen_at, phone_fits, app_fits, is_rostered)
        return lacks_of(facts, since=self.since)


@dataclass(slots=True)
class Figures:
    """Proctors counted by light, and by each lack."""

    lights: Counter[Light] = field(default_factory=Counter)
    lacks: Counter[Lack] = field(default_factory=Counter)
    rostered: int = 0

    @property
    def total(self) -> int:
        return sum(self.lights.values())

    def add(self, lacks: tuple[Lack, ...], size: int) -> None:
        """Counts `size` proctors who lack the same."""
        self.lights[light_of(lacks)] += size
        self.rostered += size if Lack.NOT_ROSTERED not in lacks else 0
        for lack in lacks:
            self.lacks[lack] += size


def of_branches(plan: ExamPlan, dates: Dates, sites: QuerySet[ExamSite]) -> dict[int, Figures]:
    """Figures of each branch from its proctors at `sites`. Two statements; a nation's proctors are never loaded."""
    judge, found = _Judge(Table.at(dates.first), dates.since), dict[int, Figures]()
    for row in _alike(plan, dates, sites):
        found.setdefault(row[0], Figures()).add(judge.lacks(row), row[1])
    return found


def _alike(plan: ExamPlan, dates: Dates, sites: QuerySet[ExamSite]) -> Iterable[tuple[Any, ...]]:
    """Branch, how many of its proctors are judged alike, and what `_Judge` reads of them: a tenth of the rows."""
    last = _proctors({"site__in": sites.order_by().values("pk")}).filter(~Exists(_later_phones()))
    judged = _judged_by(last, plan, dates).annotate(recent=_yes(Q(**{f"{_SEEN}__gte": dates.since})))
    kind = ("holds", "rostered", *_PHONE)
    groups = judged.order_by().values("site__branch", "recent", *kind)
    counted = groups.annotate(alike=Count("pk"), seen_at=Max(_SEEN))
    return counted.values_list("site__branch", "alike", "holds", "rostered", "seen_at", *_PHONE)


def _later_phones() -> QuerySet[Device]:
    """Phones of the same account that signed in after the joined one; of two at one instant one is later."""
    seen, key = OuterRef(_SEEN), OuterRef("user__devices__pk")
    is_later = Q(seen_at__gt=seen) | Q(seen_at=seen, pk__gt=key)
    return Device.objects.filter(is_later, user=OuterRef("user"))


def of_sites(rows: Iterable[Standing]) -> dict[int, Figures]:
    """Figures of each site that has any of the proctors."""
    found: dict[int, Figures] = {}
    for (site, lacks), size in Counter((row.site, row.lacks) for row in rows).items():
        found.setdefault(site, Figures()).add(lacks, size)
    return found


def summed(parts: Iterable[Figures]) -> Figures:
    """Figures of several places together."""
    whole = Figures()
    for part in parts:
        whole.lights.update(part.lights)
        whole.lacks.update(part.lacks)
        whole.rostered += part.rostered
    return whole
