"""What a race is made of, without a word of Django: a process reads it before anything is set up."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Asked:
    """An entry request that stands before the race."""

    id: str
    sitting: int
    by: str
    note: str
    status: str
    decided_by: str = ""


@dataclass
class Call:
    """One call: `do` is check, ask, decide or close; `items` are checks, `requests` those to be decided.

    `wait` is in seconds after the start of the meet; `off` in seconds from the close of entry, None for now.
    """

    do: str
    who: str
    items: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    sitting: int = 0
    id: str = ""
    word: str = ""  # the outcome of a decision, the note of a request
    wait: float = 0.0
    off: float | None = None
    skew: float | None = None  # of the phone's clock, in seconds; None: it does not say when it sent
    last_seq: int | None = None
    by_steps: bool = False  # checks go to the adapter that says each step


@dataclass
class Meet:
    """Calls to be made at once."""

    kind: str
    site_unit: int
    opens: float
    closes: float
    sittings: list[int]
    calls: list[Call]
    asked: list[Asked] = field(default_factory=list)
