"""A workbook in memory: typed rows by sheet, each knowing where it stood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exam_ops.office import layout

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row: sheet, number as Excel counts, values by field name. A cell that could not be read is absent,
    an empty one is None; a column that the workbook does not have is absent too."""

    sheet: str
    number: int
    values: Mapping[str, Any]

    def __getitem__(self, field: str) -> Any:
        return self.values[field]

    def get(self, field: str, default: Any = None) -> Any:
        value = self.values.get(field)
        return default if value is None else value

    def has(self, *fields: str) -> bool:
        """Whether all these cells are filled and readable."""
        return all(self.values.get(f) is not None for f in fields)

    def key(self, *fields: str) -> Key:
        return tuple(self.values.get(f) for f in fields)


@dataclass
class Book:
    """The sheets that stand in the workbook; those with a key column missing are `broken`."""

    sheets: dict[str, list[Row]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def __getitem__(self, sheet: str) -> list[Row]:
        return self.sheets.get(sheet, [])

    def __contains__(self, sheet: str) -> bool:
        return sheet in self.sheets

    def by_key(self, sheet: str) -> dict[Key, Row]:
        """The first row of each complete key."""
        fields = layout.sheet(sheet).key
        found: dict[Key, Row] = {}
        for row in self[sheet]:
            found.setdefault(row.key(*fields), row)
        return found
