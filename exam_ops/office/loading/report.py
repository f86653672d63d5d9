"""What a load says: every problem with its place, and what was added, changed, left alone or is gone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from exam_ops.core.errors import FieldError, Invalid
from exam_ops.core.models import ExamPlan
from exam_ops.office import layout
from exam_ops.office.loading.book import Row
from exam_ops.rules.text import Text

KEPT = 2_000  # problems kept with their words; all are counted
SHOWN = 300  # problems shown on the page and by the command


class FileRefused(Invalid):
    """A file or an option that stops the load before any row is read; names the field of the form."""

    title: ClassVar[Text] = Text("无法载入", "Can't be loaded")

    def __init__(self, field: str, code: str, reason: Text) -> None:
        super().__init__(detail=reason, errors=[FieldError(field, code, reason)])


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: sheet, row as Excel numbers it, column, reason."""

    sheet: str
    row: int | None
    column: str
    reason: Text

    def line(self, language: str = "zh") -> str:
        """`考生编排 第 17 行 座位号: …`."""
        number = Text(f"第 {self.row} 行", f"row {self.row}").say(language) if self.row else ""
        place = " ".join(filter(None, (self.sheet, number, self.column)))
        return f"{place}: {self.reason.say(language)}"

    def __str__(self) -> str:
        return self.line()


class Findings:
    """Problems of one kind: the first `KEPT` in words, all of them counted by sheet."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.by_sheet: Counter[str] = Counter()

    def add(self, problem: Problem) -> None:
        self.by_sheet[problem.sheet] += 1
        if len(self.kept) < KEPT:
            self.kept.append(problem)

    def __iter__(self) -> Iterator[Problem]:
        order = {s.name: i for i, s in enumerate(layout.SHEETS)}
        return iter(sorted(self.kept, key=lambda p: (order.get(p.sheet, -1), p.row or 0)))

    def __bool__(self) -> bool:
        return bool(self.by_sheet)

    def __len__(self) -> int:
        return self.by_sheet.total()

    @property
    def shown(self) -> list[Problem]:
        return list(self)[:SHOWN]

    @property
    def hidden(self) -> int:
        return max(len(self) - SHOWN, 0)


class Problems:
    """Collects errors, which stop the load, and warnings, which do not."""

    def __init__(self) -> None:
        self.errors = Findings()
        self.warnings = Findings()

    def error(self, row: Row, field: str, reason: Text) -> None:
        self.errors.add(_at(row, field, reason))

    def warn(self, row: Row, field: str, reason: Text) -> None:
        self.warnings.add(_at(row, field, reason))


def _at(row: Row, field: str, reason: Text) -> Problem:
    column = next((c.name for c in layout.sheet(row.sheet).columns if c.field == field), field)
    return Problem(row.sheet, row.number, column, reason)


@dataclass(slots=True)
class Counts:
    """Rows of one sheet; `removed` stand in the portal but no longer in the workbook, and were left alone."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def unchanged(self) -> int:
        return self.rows - self.added - self.changed


@dataclass(slots=True)
class PhotoCounts:
    """Photos of candidates: in the ZIP for somebody, for nobody, and candidates who have none at all."""

    given: int = 0
    unused: int = 0
    missing: int = 0


@dataclass
class Result:
    """What a load did, or would do (`check_only`); with errors nothing was written."""

    check_only: bool
    problems: Problems
    counts: dict[str, Counts] = field(default_factory=dict)
    removed: dict[str, list[str]] = field(default_factory=dict)  # sheet → the first keys that are gone
    photos: PhotoCounts = field(default_factory=PhotoCounts)
    plan_codes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.problems.errors

    @property
    def errors(self) -> list[Problem]:
        """The errors kept in words, in the order of the workbook."""
        return list(self.problems.errors)

    @property
    def written(self) -> bool:
        return self.ok and not self.check_only

    @property
    def is_unchanged(self) -> bool:
        return not any(c.added or c.changed for c in self.counts.values())

    @property
    def plans(self) -> list[ExamPlan]:
        """The plans of the workbook as they stand in the portal, in the workbook's order."""
        found = {plan.code: plan for plan in ExamPlan.objects.filter(code__in=self.plan_codes)}
        return [found[code] for code in self.plan_codes if code in found]

    @property
    def plan(self) -> ExamPlan:
        """The workbook's first plan; raises IndexError when nothing was written."""
        return self.plans[0]

    def lines(self, language: str = "zh") -> Iterable[str]:
        """One line per sheet, for the command."""
        for sheet, c in self.counts.items():
            words = Text(
                "{sheet}: {rows} 行，新增 {added}，变更 {changed}，未变 {unchanged}，工作簿中已没有 {removed}",
                "{sheet}: {rows} rows, {added} added, {changed} changed, {unchanged} unchanged, {removed} gone",
            )
            yield words.format(
                sheet=sheet,
                rows=c.rows,
                added=c.added,
                changed=c.changed,
                unchanged=c.unchanged,
                removed=c.removed,
            ).say(language)
