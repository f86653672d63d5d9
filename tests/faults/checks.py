"""Checks by name: each says how many things it looked at and which of them are wrong; read, they are a table."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from tests.faults.stage import Row

SHOWN = 3  # wrong ones named in the table

Seen = TypeVar("Seen")
Wrong = Iterable[object]
Check = Callable[[Seen], tuple[int, Wrong]]


class Checks(dict[str, Check[Seen]]):
    """One line of the table each, in the order in which they were registered."""

    def check(self, what: str) -> Callable[[Check[Seen]], Check[Seen]]:
        """Registers one line of the table."""

        def keep(function: Check[Seen]) -> Check[Seen]:
            self[what] = function
            return function

        return keep

    def read(self, seen: Seen) -> list[Row]:
        """Every check as a row of the table."""
        rows = []
        for what, function in self.items():
            count, wrong = function(seen)
            named = [str(each) for each in wrong]
            rows.append(Row(what, count, len(named), ", ".join(named[:SHOWN])))
        return rows
