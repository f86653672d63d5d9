"""What a face matcher is asked and what it answers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from exam_ops.rules.text import Text


class Outcome(StrEnum):
    SAME = "same"
    DIFFERS = "differs"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two JPEGs without metadata, at most 720 pixels, and what the phone found; one that is not there is empty."""

    photo: bytes = b""
    reference: bytes = b""
    phone_passed: bool | None = None  # None: the phone said nothing
    phone_score: float | None = None  # 0 … 1


@dataclass(frozen=True, slots=True)
class Opinion:
    """`score` is 0 … 1, None where there is none; `words` are shown as they are."""

    outcome: Outcome
    score: float | None
    words: Text | str


class NoOpinion(Exception):
    """The matcher could not answer; the reason is for the log and, shortened, for the page."""


class FaceMatcher(Protocol):
    """Compares two pictures of faces."""

    name: ClassVar[str]
    is_outside: ClassVar[bool]  # asked once in the background and kept; else asked when the pair is shown

    def compare(self, pair: Pair) -> Opinion:
        """What this matcher thinks of a pair; raises `NoOpinion`."""
