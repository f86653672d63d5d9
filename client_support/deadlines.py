"""What of the exam client happens at a deadline."""

from collections.abc import Sequence
from datetime import datetime

from client_support.services import submissions
from exam_ops.core.deadlines import effects
from exam_ops.core.deadlines.registry import Firing, effect, on

FORCED_SUBMISSION = "forced_submission"

effect(FORCED_SUBMISSION)(submissions.submit_due)


@on(FORCED_SUBMISSION)
def force(firings: Sequence[Firing], now: datetime) -> None:
    """Asks once per paper's length and site unit for what stands open to be handed in."""
    for key in {firing.key for firing in firings}:
        effects.ask(key, [f.site_unit for f in firings if f.key == key], now=now)
