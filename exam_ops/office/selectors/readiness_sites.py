"""What a site needs besides its proctors before the mock exam: machines, line, addresses, rosters, advice (B4, B6, B8)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Sum

from client_support.models import MachineReport
from client_support.selectors import addresses, releases
from exam_ops.core import policies
from exam_ops.core.models import ExamPlan, ExamSite, RoomSession, SiteUnit, Sitting
from exam_ops.office.models import ReadinessTick
from exam_ops.office.selectors.readiness import Dates, Figures
from exam_ops.rules.equipment import Problem, bandwidth_problems
from exam_ops.rules.readiness import BY_HAND, Item, Lack, Mark, advice_for
from exam_ops.rules.versions import client_fits
from proctors.selectors import short_rooms

REPORTS_OF = timedelta(days=60)  # a machine that has said nothing for longer is not counted
OLD_CLIENT = frozenset({"client_too_old", "unreadable_version"})


@dataclass(frozen=True, slots=True)
class Machine:
    """An exam machine by its last report."""

    machine_id: str
    os: str
    client_version: str
    client_fits: bool
    problems: tuple[str, ...]  # codes, the client's version apart
    at: datetime


@dataclass(slots=True)
class SiteFacts:
    """What is known of one site for one plan."""

    site: ExamSite
    machines: list[Machine] = field(default_factory=list)
    addresses: int = 0
    rooms: int = 0
    short: int = 0
    line: list[Problem] = field(
        default_factory=list
    )  # what the line lacks, in the fullest unit that lacks it
    seats: int = 0  # in use in the fullest unit
    ticks: dict[str, ReadinessTick] = field(default_factory=dict)

    @property
    def old_clients(self) -> int:
        return sum(not m.client_fits for m in self.machines)

    @property
    def weak_machines(self) -> int:
        return sum(bool(m.problems) for m in self.machines)

    @property
    def line_is_known(self) -> bool:
        return self.site.uplink_mbps is not None and self.site.downlink_mbps is not None


def facts_of(
    sites: Iterable[ExamSite], plan: ExamPlan, dates: Dates, *, now: datetime
) -> dict[int, SiteFacts]:
    """The facts of some sites (a branch's, not a nation's) by primary key, in eight statements."""
    found = {site.pk: SiteFacts(site) for site in sites}
    pks = list(found)
    for row in ReadinessTick.objects.filter(plan=plan, site__in=pks, undone_at=None).select_related("by"):
        found[row.site_id].ticks[row.item] = row
    _count_rooms(found, pks, plan)
    if plan.mode == ExamPlan.Mode.CBE:
        for site, machines in _machines(pks, now).items():
            found[site].machines = machines
        for site, size in address_counts(dates, pks).items():
            found[site].addresses = size
        _measure_lines(found, pks, plan)
    return found


def address_counts(dates: Dates, sites: Sequence[int] | None = None) -> dict[int, int]:
    """Site → registered addresses that count on the first day."""
    rows = addresses.in_force(now=dates.first).filter(drill_only=False)
    if sites is not None:
        rows = rows.filter(site__in=sites)
    return dict(rows.order_by().values_list("site").annotate(n=Count("pk")))


def marks_of(
    facts: SiteFacts, proctors: Figures, plan: ExamPlan, needed: Mapping[Lack, int]
) -> dict[Item, Mark]:
    """How each point of the list stands; `needed` counts the lacks of those who stand on a roster."""
    lacks = {
        Item.CERTIFIED: needed.get(Lack.NOT_CERTIFIED, 0),
        Item.APP: sum(needed.get(lack, 0) for lack in (Lack.NO_PHONE, Lack.APP_TOO_OLD, Lack.NOT_RECENT)),
        Item.PHONES: sum(needed.get(lack, 0) for lack in (Lack.NO_PHONE, Lack.PHONE_UNFIT)),
        Item.ROSTERS: facts.short,
        Item.CLIENTS: facts.old_clients,
        Item.MACHINES: facts.weak_machines,
        Item.LINES: len(facts.line),
        Item.ADDRESSES: int(not facts.addresses),
    }
    nobody = not proctors.rostered
    unknown = {
        Item.CERTIFIED: nobody,
        Item.APP: nobody,
        Item.PHONES: nobody,
        Item.ROSTERS: not facts.rooms,
        Item.CLIENTS: not facts.machines,
        Item.MACHINES: not facts.machines,
        Item.LINES: not facts.line_is_known,
        Item.ADDRESSES: False,
    }
    marks = {}
    for advice in advice_for(with_machines=plan.mode == ExamPlan.Mode.CBE):
        if advice.item in BY_HAND:
            marks[advice.item] = Mark.DONE if advice.item in facts.ticks else Mark.UNKNOWN
        elif unknown[advice.item]:
            marks[advice.item] = Mark.UNKNOWN
        else:
            marks[advice.item] = Mark.LACKS if lacks[advice.item] else Mark.DONE
    return marks


def _count_rooms(found: dict[int, SiteFacts], pks: Sequence[int], plan: ExamPlan) -> None:
    """Rooms of all units, and those short of certified proctors."""
    here = SiteUnit.objects.filter(unit__plan=plan, site__in=pks)
    rooms = RoomSession.objects.filter(site_unit__in=here).order_by()
    short = short_rooms(here, needed=policies.of(plan).proctors_per_room).order_by()
    for site, size in rooms.values_list("site_unit__site").annotate(n=Count("pk")):
        found[site].rooms = size
    for site, size in Counter(short.values_list("site_unit__site", flat=True)).items():
        found[site].short = size


def _machines(pks: Sequence[int], now: datetime) -> dict[int, list[Machine]]:
    """The machines of each site by their last report."""
    table = releases.in_force()
    rows = MachineReport.objects.filter(site__in=pks, at__gt=now - REPORTS_OF).order_by("at")
    last: dict[tuple[int, str], Machine] = {}
    for site, name, os, version, problems, at in rows.values_list(
        "site_id", "machine_id", "os", "client_version", "problems", "at"
    ):
        fits = client_fits(version, table.required, table.released)
        rest = tuple(code for code in problems if code not in OLD_CLIENT)
        last[site or 0, name] = Machine(name, os, version, fits, rest, at)
    found: dict[int, list[Machine]] = defaultdict(list)
    for (site, _), machine in sorted(last.items()):
        found[site].append(machine)
    return found


def _measure_lines(found: dict[int, SiteFacts], pks: Sequence[int], plan: ExamPlan) -> None:
    """The line of each site against its seats in use, unit by unit."""
    here = {"site_unit__unit__plan": plan, "site_unit__site__in": pks}
    listening = set(
        Sitting.objects.filter(**here, paper__listening=True)
        .order_by()
        .values_list("site_unit_id", flat=True)
        .distinct()
    )
    used = RoomSession.objects.filter(**here).order_by().values_list("site_unit", "site_unit__site")
    for site_unit, pk, seats in used.annotate(n=Sum("registered")):
        facts = found[pk]
        facts.seats = max(facts.seats, seats)
        up, down = facts.site.uplink_mbps, facts.site.downlink_mbps
        if up is not None and down is not None:
            lacks = bandwidth_problems(up, down, seats, site_unit in listening)
            facts.line = max(facts.line, lacks, key=len)
