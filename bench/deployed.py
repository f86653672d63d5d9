"""A nation due in the same second, carried out by two workers and a beat as they are deployed."""

import time
from datetime import datetime, timedelta

from bench import nation, processes, same_second
from exam_ops.core import clock, drill, outbox
from exam_ops.core.models import DeadlineRecord, ExamPlan, Heartbeat, SiteUnit

T = nation.T
PER_ROOM = 20
AHEAD = timedelta(seconds=10)
GIVE_UP = 60.0  # seconds
LOOK_EVERY = 0.02


def run() -> None:
    """T−5 of 3,000 site units: each one's lag is from its instant to the commit, as another connection sees it."""
    site_units = nation.build(
        "D", sites=3000, rooms_per_site=14 / 3, per_room=PER_ROOM, now=T - timedelta(hours=1)
    )
    plan = ExamPlan.objects.get(code="D")
    ExamPlan.objects.filter(pk=plan.pk).update(kind=ExamPlan.Kind.DRILL)
    drill.reset(plan, to=T - timedelta(minutes=29), now=clock.now(), actor=None)
    nation.sign_in(site_units, per_room=PER_ROOM)
    waiting = outbox.depth()
    with processes.running(workers=2):
        while Heartbeat.objects.filter(name__startswith="worker.").count() < 2:
            time.sleep(1)
        drill.jump(plan, to=T - timedelta(minutes=5) - AHEAD, now=clock.now(), actor=None)
        due = SiteUnit.objects.filter(unit__plan=plan).values_list("next_due_at", flat=True).first()
        assert due is not None
        lags = _watch(plan, due, len(site_units))
    failed = DeadlineRecord.objects.filter(site_unit__unit__plan=plan, outcome="failed").count()
    same_second.tell(
        "engine.deployed",
        lags,
        wanted=len(site_units),
        failed=failed,
        messages=outbox.depth() - waiting,
        workers=2,
    )


def _watch(plan: ExamPlan, due: datetime, wanted: int) -> list[float]:
    """The lag of each site unit, to the look at which its record stood there."""
    fired = DeadlineRecord.objects.filter(
        site_unit__unit__plan=plan, deadline="escalation", outcome__in=["fired", "late"]
    )
    lags: list[float] = []
    clock.wait(due - clock.now())
    give_up = time.monotonic() + GIVE_UP
    while len(lags) < wanted and time.monotonic() < give_up:
        seen = fired.count()
        lags += [(clock.now() - due).total_seconds()] * (seen - len(lags))
        time.sleep(LOOK_EVERY)
    return lags
