"""Registered addresses: whose they are, whom they let in, and what the refused logins suggest (D1)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.db.models import Q, QuerySet

from client_support.models import PublicAddress, RefusedLogin
from exam_ops.core.models import ExamPlan, ExamSite, SiteUnit
from exam_ops.rules import addresses
from exam_ops.rules.addresses import Network
from exam_ops.rules.text import Text

OFFER_WITHIN = timedelta(minutes=10)
OFFER_FROM_MACHINES = 3


def in_force(*, now: datetime) -> QuerySet[PublicAddress]:
    """Registrations that count at `now`."""
    return PublicAddress.objects.filter(counts(now=now))


def counts(*, now: datetime, prefix: str = "") -> Q:
    """The condition of a registration that counts at `now`; `prefix` leads to it from another model."""
    begun = Q(**{f"{prefix}valid_from": None}) | Q(**{f"{prefix}valid_from__lte": now})
    not_over = Q(**{f"{prefix}valid_until": None}) | Q(**{f"{prefix}valid_until__gt": now})
    return begun & not_over & Q(**{f"{prefix}removed_at": None})


def networks(site_id: int, plan: ExamPlan, *, now: datetime) -> list[Network]:
    """The networks from which candidates of `plan` at the site may log in."""
    rows = in_force(now=now).filter(site=site_id)
    if not plan.is_drill:
        rows = rows.filter(drill_only=False)
    return [ip_network(network) for network in rows.values_list("network", flat=True)]


def sites_of(ip: str, *, now: datetime) -> set[int]:
    """The sites that registered the address `ip`."""
    rows = in_force(now=now).values_list("site", "network")
    return {site for site, network in rows if addresses.matches([ip_network(network)], ip)}


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another site's registration that shares addresses with one of ours."""

    network: str
    site_name: str
    other_network: str


def overlaps(site: ExamSite, *, now: datetime) -> list[Overlap]:
    """Where the site's registrations share addresses with other sites."""
    own = [ip_network(row.network) for row in in_force(now=now).filter(site=site)]
    others = in_force(now=now).exclude(site=site).select_related("site")
    pairs = [(ip_network(row.network), row.site.name) for row in others] if own else []
    return [
        Overlap(str(mine), name, str(theirs))
        for mine in own
        for theirs, name in pairs
        if addresses.overlap(mine, theirs)
    ]


@dataclass(frozen=True, slots=True)
class Offer:
    """An unknown address from which machines of the site's current unit were refused."""

    ip: str
    machines: int
    last_at: datetime
    why_not: Text | None  # why no button stands there

    @property
    def is_open(self) -> bool:
        return self.why_not is None


_TOO_FEW = Text(
    "不足 3 台机器，请先核实是否为本考点线路",
    "fewer than 3 machines: check first that this is a line of the site",
)


def offers(site: ExamSite, *, now: datetime) -> list[Offer]:
    """Unknown addresses of refused logins of the last 10 minutes, the many first; few machines show without a button."""
    current = SiteUnit.objects.filter(site=site, entry_opens_at__lte=now, ends_at__gt=now)
    rows = RefusedLogin.objects.filter(
        site=site,
        code="outside_site_ip",
        at__gt=now - OFFER_WITHIN,
        sitting__site_unit__in=current,
        seen_ip__isnull=False,
    ).values_list("seen_ip", "machine_id", "at")
    machines: dict[str, set[str]] = defaultdict(set)
    last: dict[str, datetime] = {}
    for seen_ip, machine_id, at in rows:
        ip = str(seen_ip)
        machines[ip].add(machine_id)
        last[ip] = max(at, last.get(ip, at))
    known = [ip_network(row.network) for row in in_force(now=now).filter(site=site)]
    allow_drill = drill_site(site)
    found = [
        Offer(ip, len(seen), last[ip], _why_not(ip, len(seen), allow_drill))
        for ip, seen in machines.items()
        if not addresses.matches(known, ip)
    ]
    return sorted(found, key=lambda offer: (-offer.machines, offer.ip))


def drill_site(site: ExamSite) -> bool:
    """Whether the site takes part in a drill: it may then register drill ranges, for drills alone."""
    return SiteUnit.objects.filter(site=site, unit__plan__kind=ExamPlan.Kind.DRILL).exists()


def _why_not(ip: str, machines: int, allow_drill: bool) -> Text | None:
    try:
        addresses.parse(ip, allow_drill=allow_drill)
    except addresses.AddressRefused as refused:
        return refused.detail
    return None if machines >= OFFER_FROM_MACHINES else _TOO_FEW
