"""The numbers with which a phone counts its checks of a room session, from 1 on (C6: 已采集未到达)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

_RANGE = re.compile(r"\[(\d+),(\d+)\)")


@dataclass(frozen=True, slots=True)
class Numbers:
    """A set of whole numbers, kept as half-open ranges in order of which no two touch: `{[1,4),[6,7)}`."""

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Self:
        return cls._joined((n, n + 1) for n in numbers)

    @classmethod
    def read(cls, text: str) -> Self:
        """What `str` has written, which is PostgreSQL's way to write an int8multirange."""
        return cls(tuple((int(low), int(high)) for low, high in _RANGE.findall(text)))

    @classmethod
    def _joined(cls, ranges: Iterable[tuple[int, int]]) -> Self:
        joined: list[tuple[int, int]] = []
        for low, high in sorted(ranges):
            if joined and low <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
            else:
                joined.append((low, high))
        return cls(tuple(joined))

    def __str__(self) -> str:
        return "{" + ",".join(f"[{low},{high})" for low, high in self.ranges) + "}"

    def __or__(self, other: Self) -> Self:
        return self._joined((*self.ranges, *other.ranges))

    def __len__(self) -> int:
        return sum(high - low for low, high in self.ranges)

    @property
    def highest(self) -> int:
        """The greatest of them; 0 of none."""
        return self.ranges[-1][1] - 1 if self.ranges else 0

    def missing(self, told: int) -> int:
        """How many are lacking from 1 to the highest that is known, by a number that arrived or as `told`."""
        return max(told, self.highest) - len(self)

    def lacking(self, told: int) -> Iterator[int]:
        """Those that are lacking, from 1 on."""
        low = 1
        for start, end in (*self.ranges, (max(told, self.highest) + 1, 0)):
            yield from range(low, start)
            low = end
