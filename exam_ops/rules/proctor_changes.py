"""The windows of proctor rosters before a unit, by who asks (C8, clause 二(三)6; readings 22–25).

x = start − now, counted from the site unit's own start. All instants of one call are real, or all plan time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exam_ops.rules.policy import DEFAULT, Policy


class ChangeWindow(StrEnum):
    FREE = "free"
    BRANCH_APPROVAL = "branch_approval"
    EMERGENCY = "emergency"
    CLOSED = "closed"


class Asker(StrEnum):
    """As whom somebody asks for a change."""

    SITE = "site_admin"
    CHIEF = "chief"
    DUTY = "branch_duty"  # the branch officer who holds the right of emergencies


@dataclass(frozen=True, slots=True)
class Until:
    """The end of a window; only the free one takes the last instant in."""

    at: datetime
    inclusive: bool

    def holds(self, now: datetime) -> bool:
        return now <= self.at if self.inclusive else now < self.at


def change_window(*, start: datetime, now: datetime, policy: Policy = DEFAULT) -> ChangeWindow:
    """x ≥ 48 h free; 2 h < x < 48 h branch approval; x ≤ 2 h until close of entry emergency; then closed."""
    return next(
        (window for window, until in _ends(start, policy) if until.holds(now)),
        ChangeWindow.CLOSED,
    )


def window_for(
    asker: Asker, *, start: datetime, now: datetime, policy: Policy = DEFAULT
) -> ChangeWindow | None:
    """The window in which `asker` may ask at `now`; closed for the site from T−2 h on.

    None: not theirs to ask yet. The branch replaces in an emergency; before that the site asks, the branch decides.
    """
    found = change_window(start=start, now=now, policy=policy)
    if found is ChangeWindow.EMERGENCY and asker is Asker.SITE:
        return ChangeWindow.CLOSED
    if asker is Asker.DUTY and found in (ChangeWindow.FREE, ChangeWindow.BRANCH_APPROVAL):
        return None
    return found


def applies_at_once(asker: Asker, window: ChangeWindow) -> bool:
    """Whether a change needs nobody's word but the asker's: in the free window, and the duty officer's own."""
    return window is ChangeWindow.FREE or (window is ChangeWindow.EMERGENCY and asker is Asker.DUTY)


def holds_until(window: ChangeWindow, *, start: datetime, policy: Policy = DEFAULT) -> Until:
    """Until when a change of `window` may still be made or decided: T−48 h, T−2 h, close of entry.

    Raises KeyError for the closed window, which never holds.
    """
    return dict(_ends(start, policy))[window]


def _ends(start: datetime, policy: Policy) -> tuple[tuple[ChangeWindow, Until], ...]:
    return (
        (ChangeWindow.FREE, Until(start - policy.roster_free_until, inclusive=True)),
        (ChangeWindow.BRANCH_APPROVAL, Until(start - policy.roster_change_until, inclusive=False)),
        (ChangeWindow.EMERGENCY, Until(start + policy.entry_closes_after, inclusive=False)),
    )
