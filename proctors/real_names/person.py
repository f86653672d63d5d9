"""The provider that is built in: a named person, who is asked by the page and not by a program."""

from typing import ClassVar

from proctors.real_names.provider import Answer, NoAnswer, Question


class Person:
    """Compares document, name and photo on the page 实名认证核对 (`proctors.services.certifying`)."""

    name: ClassVar[str] = "person"
    is_outside: ClassVar[bool] = False

    def ask(self, question: Question) -> Answer:
        """Never answers a program; raises `NoAnswer`."""
        raise NoAnswer("a person answers on the page")
