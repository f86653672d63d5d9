"""What a provider of real-name checks is asked and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from exam_ops.rules.certification import Finding, Part


@dataclass(frozen=True, slots=True)
class Question:
    """One person: the number in its one form, the name as registered, a JPEG without metadata."""

    key: str  # the same for every try: the service may know it again
    number: str
    name: str
    photo: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What agrees; `words` are the service's own, shown as they are."""

    findings: Mapping[Part, Finding]
    words: str = ""


class NoAnswer(Exception):
    """The provider could not answer now; asked again later. The reason is for the log and the page."""


class Provider(Protocol):
    """Says whether number, name and photo belong together."""

    name: ClassVar[str]
    is_outside: ClassVar[bool]  # asked in the background; else a person answers on the portal's page

    def ask(self, question: Question) -> Answer:
        """The provider's answer; raises `NoAnswer`."""
