"""The sheet of one level: branches of the nation, sites of a branch, proctors of a site, filtered and in order (B8)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from exam_ops.core.models import Branch, ExamPlan, ExamSite, User
from exam_ops.office.selectors import readiness, readiness_sites
from exam_ops.office.selectors.readiness import Dates, Figures, Standing
from exam_ops.office.selectors.readiness_sites import SiteFacts
from exam_ops.rules.readiness import Item, Lack, Light, Mark, site_light
from verification.selectors.phones import PhoneFacts
from verification.selectors.phones import facts_of as phones_of

ORDER = list(Light)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sheet is about: a plan, the sites of a level, and what of its rows is shown."""

    plan: ExamPlan
    dates: Dates
    scope: QuerySet[ExamSite]  # all that the reader sees of the plan
    sites: list[ExamSite]
    level: str  # what a row is: branch, site, proctor
    branch: Branch | None
    site: ExamSite | None
    light: str
    lack: str
    text: str

    @property
    def query(self) -> dict[str, str]:
        """The place, as an address names it."""
        found = {"plan": self.plan.code}
        if self.site:
            return found | {"site": self.site.code}
        return found | ({"branch": self.branch.code} if self.branch else {})


@dataclass(frozen=True, slots=True)
class Row:
    """One branch, site or proctor of the sheet."""

    name: str
    code: str
    light: Light
    figures: Figures
    sites: int = 1
    no_address: int = 0
    site: "SiteSheet | None" = None
    person: "Person | None" = None


@dataclass(frozen=True, slots=True)
class SiteSheet:
    """A site with its facts and how each point of its list stands."""

    facts: SiteFacts
    marks: Mapping[Item, Mark]
    needed: Mapping[Lack, int]


@dataclass(frozen=True, slots=True)
class Person:
    """A proctor of the sheet with the phone tried last."""

    user: User
    standing: Standing
    phone: PhoneFacts


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that the filters leave, red first; figures of all of them together; the site where it is one."""

    shown: list[Row]
    figures: Figures
    total: int
    site: SiteSheet | None = None
    is_narrow: bool = False


def sheet_of(asked: Asked, *, now: datetime) -> Sheet:
    """The sheet that `asked` names; figures count everybody, filters choose rows."""
    site, places = None, [s.pk for s in asked.sites]
    if asked.level == "branch":
        figures = readiness.of_branches(asked.plan, asked.dates, asked.scope)
        rows = _branches(asked, figures)
    else:
        standings = list(readiness.standings(asked.plan, asked.dates, site__in=places))
        figures = readiness.of_sites(standings)
        if asked.level == "site":
            rows = _sites(asked, standings, figures, now)
        else:
            rows = _people(standings, now)
            site = _site_sheets(asked, standings, figures, now)[places[0]]
    everybody = readiness.summed(figures.values())
    shown = [row for row in rows if _fits(row, asked)]
    shown.sort(key=lambda row: (ORDER.index(row.light), -row.figures.lights[Light.RED], row.code, row.name))
    return Sheet(shown, everybody, len(rows), site, bool(asked.light or asked.lack or asked.text))


def _fits(row: Row, asked: Asked) -> bool:
    """A row of many people is shown when any of them is meant."""
    text = asked.text.lower()
    named = not text or text in row.name.lower() or text in row.code.lower()
    lit = not asked.light or (row.figures.lights[Light(asked.light)] > 0)
    lacking = not asked.lack or row.figures.lacks[Lack(asked.lack)] > 0
    return named and lit and lacking


def _branches(asked: Asked, figures: Mapping[int, Figures]) -> list[Row]:
    with_address = readiness_sites.address_counts(asked.dates)
    groups: dict[int, list[ExamSite]] = defaultdict(list)
    for site in asked.sites:
        groups[site.branch_id].append(site)
    online = asked.plan.mode == ExamPlan.Mode.CBE
    return [
        _branch(
            sites[0].branch,
            figures.get(branch, Figures()),
            sites=len(sites),
            no_address=sum(online and s.pk not in with_address for s in sites),
        )
        for branch, sites in groups.items()
    ]


def _branch(branch: Branch, figures: Figures, *, sites: int, no_address: int) -> Row:
    is_red = figures.lights[Light.RED] or no_address
    light = Light.RED if is_red else Light.YELLOW if figures.lights[Light.YELLOW] else Light.GREEN
    return Row(branch.name, branch.code, light, figures, sites=sites, no_address=no_address)


def _sites(
    asked: Asked, standings: Iterable[Standing], per_site: Mapping[int, Figures], now: datetime
) -> list[Row]:
    sheets = _site_sheets(asked, standings, per_site, now)
    return [
        Row(
            site.name,
            site.code,
            site_light(sheets[site.pk].marks),
            per_site.get(site.pk, Figures()),
            no_address=int(sheets[site.pk].marks.get(Item.ADDRESSES) is Mark.LACKS),
            site=sheets[site.pk],
        )
        for site in asked.sites
    ]


def _site_sheets(
    asked: Asked, standings: Iterable[Standing], per_site: Mapping[int, Figures], now: datetime
) -> dict[int, SiteSheet]:
    facts = readiness_sites.facts_of(asked.sites, asked.plan, asked.dates, now=now)
    needed: dict[int, Counter[Lack]] = defaultdict(Counter)
    for row in standings:
        if row.is_rostered:
            needed[row.site].update(row.lacks)
    return {
        pk: SiteSheet(
            one,
            readiness_sites.marks_of(one, per_site.get(pk, Figures()), asked.plan, needed[pk]),
            needed[pk],
        )
        for pk, one in facts.items()
    }


def _people(standings: Iterable[Standing], now: datetime) -> list[Row]:
    users = {user.pk: user for user in User.objects.filter(pk__in=[s.user for s in standings])}
    phones = phones_of(users.values(), now=now)
    return [_person(users[row.user], row, phones[row.user]) for row in standings]


def _person(user: User, standing: Standing, phone: PhoneFacts) -> Row:
    figures = Figures(Counter([standing.light]), Counter(standing.lacks), int(standing.is_rostered))
    return Row(user.name, user.username, standing.light, figures, person=Person(user, standing, phone))
