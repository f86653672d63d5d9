"""What the steps of a write share: the workbook, the rows found so far, and the set-wise upsert."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model

from exam_ops.core.models import (
    Branch,
    Candidate,
    ExamPlan,
    ExamRoom,
    ExamSite,
    LearningCentre,
    Paper,
    SiteUnit,
    TimeUnit,
    User,
)
from exam_ops.office import layout
from exam_ops.office.loading.album import Album
from exam_ops.office.loading.book import Book, Key, Row
from exam_ops.office.loading.report import Counts, Problems

M = TypeVar("M", bound=Model)

BATCH = 500
GONE_KEPT = 50  # vanished keys kept in words, per sheet


@dataclass
class Writing:
    """One load being written, inside its transaction."""

    book: Book
    album: Album
    problems: Problems
    now: datetime
    actor: User | None
    as_drill: bool
    drill_at: str

    plans: dict[str, ExamPlan] = field(default_factory=dict)
    units: dict[Key, TimeUnit] = field(default_factory=dict)  # (plan, code)
    papers: dict[Key, Paper] = field(default_factory=dict)  # (plan, number)
    branches: dict[str, Branch] = field(default_factory=dict)
    centres: dict[str, LearningCentre] = field(default_factory=dict)
    sites: dict[str, ExamSite] = field(default_factory=dict)
    rooms: dict[Key, ExamRoom] = field(default_factory=dict)  # (site, number)
    candidates: dict[str, Candidate] = field(default_factory=dict)  # by student number
    users: dict[str, User] = field(default_factory=dict)
    renamed: set[str] = field(default_factory=set)  # user names
    site_units: dict[Key, SiteUnit] = field(default_factory=dict)  # (site id, unit id)
    new_site_units: set[int] = field(default_factory=set)

    added: set[Key] = field(default_factory=set)  # (sheet, row number)
    changed: set[Key] = field(default_factory=set)
    gone: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    gone_count: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def mark_added(self, rows: Iterable[Row]) -> None:
        self.added.update((row.sheet, row.number) for row in rows)

    def mark_changed(self, rows: Iterable[Row]) -> None:
        self.changed.update((row.sheet, row.number) for row in rows)

    def vanished(self, sheet: str, keys: Iterable[Iterable[Any]]) -> None:
        """Rows of the portal that the workbook no longer has: named, never deleted."""
        if sheet not in self.book:
            return
        for key in keys:
            self.gone_count[sheet] += 1
            if len(self.gone[sheet]) < GONE_KEPT:
                self.gone[sheet].append(" ".join(str(part) for part in key))

    def counts(self) -> dict[str, Counts]:
        """Rows of each sheet by what became of them."""
        every = {name: Counts(rows=len(rows)) for name, rows in self.book.sheets.items()}
        for sheet, _ in self.added:
            every[sheet].added += 1
        for sheet, _ in self.changed - self.added:
            every[sheet].changed += 1
        for sheet, count in self.gone_count.items():
            every[sheet].removed = count
        return {s.name: every[s.name] for s in layout.SHEETS if s.name in every}


@dataclass(slots=True)
class Wish:
    """How one row of the database shall be, and the workbook's rows that say so."""

    values: dict[str, Any]
    rows: list[Row]


def upsert(
    w: Writing,
    model: type[M],
    wishes: Mapping[Key, Wish],
    existing: Mapping[Key, M],
    *,
    only_new: Mapping[Key, Mapping[str, Any]] | None = None,
    follows: Mapping[str, str] | None = None,
) -> dict[Key, M]:
    """Creates what is missing and updates what differs, a few statements for all; every object by its key.

    `only_new` are values that a new row alone gets. `follows` names fields that can't be compared (ciphertext)
    with the field that tells whether they changed.
    """
    follows = follows or {}
    created = {
        key: model(**wish.values, **(only_new or {}).get(key, {}))
        for key, wish in wishes.items()
        if key not in existing
    }
    model._default_manager.bulk_create(created.values(), batch_size=BATCH)
    changed: dict[tuple[str, ...], list[M]] = defaultdict(list)
    for key, wish in wishes.items():
        if key in created:
            w.mark_added(wish.rows)
        elif fields := _lay(existing[key], wish.values, follows):
            changed[fields].append(existing[key])
            w.mark_changed(wish.rows)
    save(model, changed)
    return {key: created.get(key) or existing[key] for key in wishes}


def save(model: type[M], changed: Mapping[tuple[str, ...], Sequence[M]]) -> None:
    """Updates objects, grouped by the fields that changed on them."""
    for fields, objects in changed.items():
        names = [model._meta.get_field(name).name for name in fields]
        model._default_manager.bulk_update(objects, names, batch_size=BATCH)


def _lay(target: Model, values: Mapping[str, Any], follows: Mapping[str, str]) -> tuple[str, ...]:
    """Sets what differs on `target`; the names of those fields."""
    differing = {
        name for name, value in values.items() if name not in follows and getattr(target, name) != value
    }
    differing |= {name for name, leader in follows.items() if leader in differing and name in values}
    for name in differing:
        setattr(target, name, values[name])
    return tuple(sorted(differing))


def given(row: Row, **names: str) -> dict[str, Any]:
    """Values of the cells whose columns stand in the workbook: `database name = field of the layout`.

    An empty cell is an empty text; a missing column leaves the stored value as it is.
    """
    return {name: row.get(field, "") for name, field in names.items() if field in row.values}
