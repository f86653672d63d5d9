"""Decisions on many rows in one act: what stands against each, and what became of them."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from exam_ops.core.errors import NotFound, Refusal

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Row]):
    """What would become of one row: None means that it may be decided."""

    row: Row
    refusal: Refusal | None


@dataclass(slots=True)
class Decided(Generic[Row]):
    """What became of many: decided now, the same as before, or skipped with the reason."""

    decided: list[Row] = field(default_factory=list)
    repeated: list[Row] = field(default_factory=list)
    skipped: list[Answer[Row]] = field(default_factory=list)

    def of_one(self) -> tuple[Row, bool]:
        """The only row and whether it was decided now. Raises what it was skipped for; `NotFound` without a row."""
        if self.skipped and (refusal := self.skipped[0].refusal):
            raise refusal
        for row in self.decided + self.repeated:
            return row, bool(self.decided)
        raise NotFound()
