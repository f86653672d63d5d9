"""Rules on rows of 监考编排 that both workbooks keep: the plan's, and one of rosters alone."""

from collections.abc import Iterable, Mapping

from exam_ops.office.loading.book import Key, Row
from exam_ops.office.loading.report import Problems
from exam_ops.rules.text import Text

SHEET = "监考编排"


def check_positions(rows: Iterable[Row], problems: Problems) -> None:
    """One of each duty in a room."""
    positions: dict[Key, Row] = {}
    for row in rows:
        if not row.has("plan", "unit", "site", "room", "duty"):
            continue
        first = positions.setdefault(row.key("plan", "unit", "site", "room", "duty"), row)
        if first is not row:
            problems.error(row, "duty", _position_taken(first))


def _position_taken(first: Row) -> Text:
    return Text(
        f"该考场本单元的这一职责已是第 {first.number} 行的 {first.get('username')}。每场主、副监考各一名。",
        f"This duty of the room is {first.get('username')}'s in row {first.number}. One lead and one second per room.",
    )


def check_whose(rows: Iterable[Row], names: Mapping[str, str], problems: Problems) -> None:
    """The name beside an account, where the workbook has that column, is the account's."""
    for row in rows:
        known = names.get(row.get("username", ""))
        if row.has("name") and known is not None and row["name"] != known:
            reason = Text(
                f"工号 {row['username']} 的姓名是 {known}，与本行不一致。请核对工号或姓名。",
                f"Account {row['username']} belongs to {known}, not to who stands in this row. Check both.",
            )
            problems.error(row, "name", reason)
