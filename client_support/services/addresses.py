"""登记公网IP (D1): registering and removing the networks of a site."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network

from django.db import IntegrityError, transaction

from client_support.models import PublicAddress
from client_support.selectors import addresses as registered
from exam_ops.core import events
from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.models import ExamSite, User
from exam_ops.rules import addresses
from exam_ops.rules.text import Text


class AddressRefused(Invalid):
    """The address is not one that a site may register; the field's error says why."""

    def __init__(self, code: str, detail: Text) -> None:
        super().__init__(detail=detail, errors=[FieldError("network", code, detail)])


class EndsBeforeItBegins(Invalid):
    sentence = Text("失效时间须晚于生效时间。", "The end of validity must be later than its beginning.")

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("valid_until", "ends_before_it_begins", self.sentence)])


class AlreadyRegistered(Refusal):
    code, status = "already_registered", 409
    title = Text("已登记", "Already registered")
    sentence = Text(
        "{network} 已在本考点登记，无需重复登记。",
        "{network} is registered for this site already; there is nothing to do.",
    )


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration with the other sites that share its addresses."""

    address: PublicAddress
    overlaps: list[registered.Overlap]


def register(
    site: ExamSite,
    network: str,
    *,
    carrier: str = "",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    actor: User | None,
    now: datetime,
) -> Registered:
    """Registers an address or CIDR for the site, in force at once or from `valid_from` (real time).

    Loopback and documentation ranges are taken only where the site has a drill, and count for drills alone.
    Raises `AddressRefused`, `AlreadyRegistered`, `EndsBeforeItBegins`.
    """
    if valid_from and valid_until and valid_until <= valid_from:
        raise EndsBeforeItBegins()
    parsed, drill_only = _parse(network, site)
    row = PublicAddress(
        site=site,
        network=str(parsed),
        carrier=carrier,
        valid_from=valid_from,
        valid_until=valid_until,
        drill_only=drill_only,
        registered_by=actor,
        registered_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            events.record("address.registered", now=now, actor=actor, subject=site.code, network=row.network)
    except IntegrityError:
        raise AlreadyRegistered(network=row.network) from None
    shared = [each for each in registered.overlaps(site, now=now) if each.network == row.network]
    return Registered(row, shared)


def remove(address: PublicAddress, *, actor: User | None, now: datetime) -> bool:
    """Takes a registration out of force at once; False when that was done already."""
    with transaction.atomic():
        changed = PublicAddress.objects.filter(pk=address.pk, removed_at=None).update(
            removed_at=now, removed_by=actor
        )
        if changed:
            events.record(
                "address.removed", now=now, actor=actor, subject=address.site.code, network=address.network
            )
    return bool(changed)


def network_of(address: PublicAddress) -> addresses.Network:
    """The registered network as one that addresses are compared with."""
    return ip_network(address.network)


def _parse(text: str, site: ExamSite) -> tuple[addresses.Network, bool]:
    try:
        return addresses.parse(text), False
    except addresses.AddressRefused as refused:
        if refused.code in addresses.DRILL_RANGES and registered.drill_site(site):
            return _parse_for_drill(text), True
        raise AddressRefused(refused.code, refused.detail) from None


def _parse_for_drill(text: str) -> addresses.Network:
    try:
        return addresses.parse(text, allow_drill=True)
    except addresses.AddressRefused as refused:
        raise AddressRefused(refused.code, refused.detail) from None
