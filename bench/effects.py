"""Absences of a nation at T+30 while people look: done in time, and nobody reads a wrong status meanwhile."""

import random
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count

from bench import nation
from bench.measure import report, span
from exam_ops.core.deadlines import engine
from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from exam_ops.rules.entry import Entry
from verification.selectors.entry import stats_of, with_effective_status
from verification.selectors.figures import figures

T = nation.T
READERS = 2
PAUSE = 0.02  # seconds between two looks of a reader


class Reader(threading.Thread):
    """Looks at one site after another, as boards and lists do, until told to stop."""

    def __init__(self, site_units: Sequence[SiteUnit], now: datetime, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.site_units, self.now, self.stop = site_units, now, stop
        self.looks = self.wrong = 0

    def run(self) -> None:
        while not self.stop.wait(PAUSE):
            self.wrong += not self.is_right(random.choice(self.site_units))
            self.looks += 1
        connection.close()

    def is_right(self, site_unit: SiteUnit) -> bool:
        """A quarter of the site is absent from T+30 on: in lists, on boards and in totals, swept or not."""
        rows = Sitting.objects.filter(site_unit=site_unit)
        sittings: Any = with_effective_status(rows, now=self.now)  # the checker knows no annotations
        listed = dict(sittings.values_list("effective").annotate(Count("pk")))
        everybody = sum(listed.values())
        stats = stats_of(RoomSession.objects.filter(site_unit=site_unit), now=self.now).values()
        counted = sum(s.absent for s in stats), sum(s.not_signed_in for s in stats)
        total = figures(SiteUnit.objects.filter(pk=site_unit.pk), "pk", now=self.now)[site_unit.pk].stats
        absent = everybody // 4
        return (
            listed == {Entry.ABSENT: absent, Entry.SIGNED_IN: everybody - absent}
            and counted == (absent, 0)
            and (total.absent, total.not_signed_in) == (absent, 0)
        )


def run() -> None:
    """About 70,000 absences of 3,000 site units."""
    now = T + timedelta(minutes=30)
    site_units = nation.build(
        "A", sites=3000, rooms_per_site=14 / 3, per_room=20, now=T + timedelta(minutes=16)
    )
    for _ in engine.batches(now):
        pass
    stop = threading.Event()
    readers = [Reader(site_units, now, stop) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    with span() as took:
        nation.carry_out_all(now)
    stop.set()
    for reader in readers:
        reader.join()
    absent = Sitting.objects.filter(site_unit__in=site_units, entry_status="absent").count()
    looks, wrong = sum(r.looks for r in readers), sum(r.wrong for r in readers)
    report(
        "engine.absences",
        goal="70000 within 30 s, 0 wrong reads",
        ok=absent == 70_000 and took.wall <= 30 and looks > 0 and wrong == 0,
        rows=absent,
        seconds=took.wall,
        cpu_s=took.cpu,
        reads_meanwhile=looks,
        wrong_reads=wrong,
    )
