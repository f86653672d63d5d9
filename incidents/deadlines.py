"""What incidents and evidence do at a unit's deadlines."""

from collections.abc import Sequence
from datetime import datetime

from exam_ops.core.deadlines.registry import Firing, on
from exam_ops.core.models import RoomSession, SiteUnit
from exam_ops.rules.escalation import Level
from incidents.models import Incident
from incidents.services import duties, ladder, mass, opening, packages, reminding, rooms
from incidents.services.standing import goes_up


@on("escalation")
def go_up(firings: Sequence[Firing], now: datetime) -> None:
    """T−5: unsolved incidents go up, blocked rooms take the evidence path and join the digest (clause 一; C5, C7)."""
    mass.look(mass.suspects(now=now, among=_site_units(firings)), now=now)
    unsolved = list(
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*ladder.RELATED)
        .filter(site_unit__in=_site_units(firings))
        .exclude(status=Incident.Status.RESOLVED)
        .order_by("pk")
    )
    rooms.begin_evidence_path(unsolved, now=now)
    opening.raise_mass(unsolved, now=now)
    ladder.raise_to(
        [incident for incident in unsolved if goes_up(incident)], Level.BRANCH, now=now, actor=None
    )
    ladder.into_digest(unsolved, at_once=True, now=now)


@on("panorama_photo")
def name_the_unsigned(firings: Sequence[Firing], now: datetime) -> None:
    """T+30: rooms under C5/C7 name their candidates; whoever owes a panorama is reminded."""
    sessions = RoomSession.objects.filter(site_unit__in=_site_units(firings), app_locked_out=True)
    rooms.name_the_unsigned(list(sessions), now=now)
    remind(firings, now)


@on("evidence_warning")
def remind(firings: Sequence[Firing], now: datetime) -> None:
    """One message per site for everything still owed, to site administrator, chief and the rooms' proctors."""
    reminding.remind([(firing.site_unit, firing.key) for firing in firings], now=now)


@on("evidence_closes")
def close(firings: Sequence[Firing], now: datetime) -> None:
    """E: what is still owed is missed, and all is to be sealed. Uploads refuse themselves from then on, worker or not."""
    duties.miss(_site_units(firings), now=now)
    packages.order_at_close(_site_units(firings), now=now)


def _site_units(firings: Sequence[Firing]) -> list[SiteUnit]:
    return [firing.site_unit for firing in firings]
