"""When emergency evidence is taken and accepted (C15, clauses 二(三)2 and 11)."""

from datetime import datetime
from enum import StrEnum

from exam_ops.rules.policy import DEFAULT, Policy


class Timing(StrEnum):
    CLOSED = "evidence_closed"
    TOO_EARLY = "too_early"
    ON_TIME = "on_time"
    REASON_NEEDED = "lateness_reason_required"


def timing(
    *,
    start: datetime,
    closes: datetime,
    now: datetime,
    captured_at: datetime | None,
    policy: Policy = DEFAULT,
) -> Timing:
    """How a panorama of a unit that starts at `start` stands at `now`.

    Only the server's clock refuses: before T+20 as too early, from the close on as closed. A claimed
    capture outside [T+25, T+40), in the future by more than 2 minutes, or unknown, needs a reason.
    """
    if now >= closes:
        return Timing.CLOSED
    if now < start + policy.photo_earliest_after:
        return Timing.TOO_EARLY
    if captured_at is None or captured_at > now + policy.photo_future_tolerance:
        return Timing.REASON_NEEDED
    on_time = start + policy.photo_on_time_from <= captured_at < start + policy.photo_on_time_until
    return Timing.ON_TIME if on_time else Timing.REASON_NEEDED
