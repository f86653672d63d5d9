"""A nation due in the same second: how late each site unit is carried out."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bench.measure import cpu_here_and_there, percentile, report
from exam_ops.core import outbox
from exam_ops.core.deadlines import engine
from exam_ops.core.models import DeadlineRecord, SiteUnit

LATEST = 5.0


def fire(measure: str, now: datetime, site_units: Sequence[SiteUnit], **figures: Any) -> None:
    """Fires one deadline of all `site_units` and reports when each batch stood committed, messages and all."""
    waiting, cpu, lags = outbox.depth(), cpu_here_and_there(), []
    began = time.perf_counter()
    for batch in engine.batches(now):
        lags += [time.perf_counter() - began] * batch.site_units
    cpu = cpu_here_and_there() - cpu
    failed = DeadlineRecord.objects.filter(outcome="failed").count()
    tell(
        measure,
        lags,
        wanted=len(site_units),
        failed=failed,
        messages=outbox.depth() - waiting,
        cpu_s=cpu,
        **figures,
    )


def tell(
    measure: str, lags: Sequence[float], *, wanted: int, failed: int, p99_goal: float = 2, **figures: Any
) -> None:
    """One line: every one of `wanted` carried out, none failed, and in time (seconds)."""
    p99, latest = percentile(lags, 0.99), max(lags, default=0.0)
    report(
        measure,
        goal=f"all, p99_s <= {p99_goal:g}, max_s <= {LATEST:g}",
        ok=len(lags) == wanted and not failed and p99 <= p99_goal and latest <= LATEST,
        carried_out=len(lags),
        failed=failed,
        p50_s=percentile(lags, 0.5),
        p99_s=p99,
        max_s=latest,
        **figures,
    )


def timed(handler: Callable[..., None], lags: list[float]) -> Callable[..., None]:
    """`handler`, noting for each of its rows when its batch was through; the commit follows at once."""
    began = time.perf_counter()

    def note(batch: Sequence[Any], now: datetime) -> None:
        handler(batch, now)
        lags.extend([time.perf_counter() - began] * len(batch))

    return note
