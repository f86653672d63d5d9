"""Registered public addresses of sites."""

from datetime import date, datetime, time, timedelta
from typing import Any

from client_support.models import PublicAddress
from exam_ops.office.loading.book import Key, Row
from exam_ops.office.loading.known import chunks
from exam_ops.office.loading.writing.state import Wish, Writing, upsert
from exam_ops.rules import addresses
from exam_ops.rules.addresses import AddressRefused
from exam_ops.rules.moments import BEIJING


def write_addresses(w: Writing) -> None:
    sites = {w.sites[row["site"]].pk: row["site"] for row in w.book["公网IP"]}
    stored = {
        (a.site_id, a.network): a
        for part in chunks(sites)
        for a in PublicAddress.objects.filter(site__in=part, removed_at=None)
    }
    wishes: dict[Key, Wish] = {}
    for row in w.book["公网IP"]:
        values = _address(w, row)
        wishes[values["site_id"], values["network"]] = Wish(values, [row])
    fresh = {key: {"registered_at": w.now, "registered_by": w.actor} for key in wishes}
    upsert(w, PublicAddress, wishes, stored, only_new=fresh)
    w.vanished("公网IP", ((sites[site], network) for site, network in stored.keys() - wishes.keys()))


def _address(w: Writing, row: Row) -> dict[str, Any]:
    network, drill_only = _network(row["address"])
    values: dict[str, Any] = {
        "site_id": w.sites[row["site"]].pk,
        "network": network,
        "drill_only": drill_only,
    }
    if "carrier" in row.values:
        values["carrier"] = row.get("carrier", "")
    # A drill's own addresses hold for as long as the drill: its dates are dates of the plan's clock.
    if "valid_from" in row.values:
        values["valid_from"] = None if drill_only else _midnight(row.get("valid_from"))
    if "valid_to" in row.values:
        values["valid_until"] = None if drill_only else _midnight(row.get("valid_to"), after=True)
    return values


def _network(text: str) -> tuple[str, bool]:
    """The network as it is stored, and whether it is good for drills alone."""
    try:
        return str(addresses.parse(text)), False
    except AddressRefused:
        return str(addresses.parse(text, allow_drill=True)), True


def _midnight(day: date | None, *, after: bool = False) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1) if after else day, time(), BEIJING)
