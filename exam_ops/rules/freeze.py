"""When a new minimum of the App may take effect: not around an exam without headquarters' word (B1, clause 二(一)2).

A minimum is new when it asks for a later App than the one that held before: only that can shut a phone out.
A lower one, or another latest version, holds whenever headquarters says. Instants of one call are all real.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from exam_ops.rules.moments import Window
from exam_ops.rules.policy import DEFAULT, Policy
from exam_ops.rules.versions import Version


def frozen(start: datetime, end: datetime, policy: Policy = DEFAULT) -> Window:
    """The span around one unit, T−2 h … E, in which no new minimum begins; E itself is free."""
    return Window(start - policy.app_freeze_before, end)


def next_free(at: datetime, windows: Iterable[Window]) -> datetime:
    """`at` itself where no window holds it, else the first moment after it that none does."""
    for window in sorted(windows, key=lambda w: w.opens):
        if at in window:
            at = window.closes
    return at


@dataclass(frozen=True, slots=True)
class Planned:
    """One release of a platform. `holds_from` is set for one that holds already, which nothing moves any more."""

    key: int
    minimum: Version
    effective_from: datetime
    has_word: bool = False
    holds_from: datetime | None = None


def lay(
    releases: Sequence[Planned],
    *,
    own: Version,
    free_from: Callable[[datetime], datetime],
    now: datetime,
) -> dict[int, datetime]:
    """When each release of one platform holds, by key; of those that hold at an instant the latest entered is in force.

    A new minimum without headquarters' word waits for the first free moment (`free_from`); everything else
    holds from the moment that was entered. `own` is the plan's minimum, which holds before them all.
    """
    laid: dict[int, datetime] = {}
    before: list[Planned] = []
    for release in sorted(releases, key=lambda r: r.effective_from):
        at = release.holds_from or max(release.effective_from, now)
        if release.holds_from is None and not release.has_word:
            standing = [earlier.minimum for earlier in before if laid[earlier.key] <= at]
            if release.minimum > [own, *standing][-1]:
                at = free_from(at)
        laid[release.key] = at
        before.append(release)
    return laid
