"""Duty rosters: where a span of time is covered by nobody."""

from collections.abc import Iterable
from datetime import datetime

Span = tuple[datetime, datetime]
"""Half-open: `[begins, ends)`."""


def gaps(begins: datetime, ends: datetime, shifts: Iterable[Span]) -> list[Span]:
    """The parts of `[begins, ends)` that no shift covers, in order; shifts may overlap and stand in any order."""
    found: list[Span] = []
    covered_until = begins
    for start, end in sorted(shifts):
        if start >= ends:
            break
        if start > covered_until:
            found.append((covered_until, start))
        covered_until = max(covered_until, end)
    if covered_until < ends:
        found.append((covered_until, ends))
    return found
