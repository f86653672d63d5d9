"""What a stored fact says of the check, also where it could not be read whole and was kept as it was sent."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from verification.models import Outcome, SignIn
from verification.services.facts import instant_or_none


@dataclass(frozen=True, slots=True)
class Told:
    """`captured_at` is plan time; None where nobody can tell."""

    passed: bool
    manual: bool
    captured_at: datetime | None


def told(fact: SignIn) -> Told:
    """From the fact's own columns; of an unreadable one from what stands in the kept text, as far as it goes."""
    if not fact.reported:
        passed, manual = fact.outcome == Outcome.PASSED, fact.method == SignIn.Method.MANUAL
        return Told(passed, manual, fact.captured_at)
    kept = _kept(fact.reported)
    return Told(
        kept.get("outcome") == Outcome.PASSED,
        kept.get("method") != SignIn.Method.FACE,
        instant_or_none(kept.get("captured_at")),
    )


def kept_text(fact: SignIn) -> str:
    """What the phone sent, where it could not be read; empty for a fact that was."""
    return str(fact.reported.get("text", "")) if isinstance(fact.reported, dict) else ""


def _kept(reported: Any) -> dict[str, Any]:
    """The item as sent; nothing where it was cut, or is no object."""
    try:
        item = json.loads(reported.get("text", ""))
    except (ValueError, AttributeError):
        return {}
    return item if isinstance(item, dict) else {}
