"""Three thousand incidents whose time to acknowledge runs out in the same second."""

from dataclasses import replace
from datetime import timedelta

from bench import nation, same_second
from exam_ops.core import outbox
from exam_ops.core.deadlines import registry, sweeping
from incidents.models import Incident
from incidents.services import opening

T = nation.T
COUNT = 3000


def run() -> None:
    """One incident a site, opened in the same second and left alone."""
    opened = T - timedelta(minutes=20)
    site_units = nation.build("L", sites=COUNT, rooms_per_site=1, per_room=1, now=T - timedelta(minutes=25))
    incidents = [
        opening.open_or_join(type="NET", site_unit=s, room_session=None, note="x", actor=None, now=opened)
        for s in site_units
    ]
    due = max(incident.next_due_at for incident in incidents if incident.next_due_at)
    ladder, waiting, lags = registry._sweeps[Incident], outbox.depth(), list[float]()
    registry._sweeps[Incident] = replace(ladder, handler=same_second.timed(ladder.handler, lags))
    try:
        sweeping.sweep(now=due)
    finally:
        registry._sweeps[Incident] = ladder
    same_second.tell(
        "incidents.climb",
        lags,
        wanted=COUNT,
        p99_goal=same_second.LATEST,  # one process alone; the issue names no figure for ladders
        failed=Incident.objects.filter(failures__gt=0).count(),
        climbed=Incident.objects.filter(site_unit__in=site_units).exclude(level="site").count(),
        messages=outbox.depth() - waiting,
    )
