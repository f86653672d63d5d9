"""What only several rows together can break: keys, references, times, seats, people."""

from collections import Counter, defaultdict
from datetime import datetime

from exam_ops.core.models import ExamPlan
from exam_ops.office import layout
from exam_ops.office.layout import Column, Sheet
from exam_ops.office.loading import known
from exam_ops.office.loading.book import Book, Key, Row
from exam_ops.office.loading.checking_people import check_people
from exam_ops.office.loading.checking_places import check_places
from exam_ops.office.loading.report import Problems
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text

MISSING_HERE = Text(
    "“{value}”不在“{sheet}”工作表中，系统里也没有。请核对或先补上。",
    "“{value}” stands neither in the sheet {sheet} nor in the portal. Check it or add it first.",
)
TWICE = Text("与第 {row} 行重复（{key}）。请删去一行。", "The same as row {row} ({key}). Delete one.")


KIND_LABELS = {"real": "正式考试", "mock": "模拟考试", "drill": "演练"}


def check(book: Book, problems: Problems, *, as_drill: bool, hold_rosters: bool = False) -> None:
    """Reports every broken rule that the workbook and the portal's own keys can show."""
    _check_kinds(book, problems, as_drill=as_drill)
    for sheet in layout.SHEETS:
        check_keys(book, sheet, problems)
    _check_codes(book, problems)
    _check_references(book, problems)
    _check_times(book, problems)
    _check_sittings(book, problems)
    _check_seats(book, problems)
    check_places(book, problems)
    kinds = {row.get("type") for row in book["考试计划"]}
    is_drill = as_drill or kinds == {"drill"}
    check_people(book, problems, is_drill=is_drill, hold_rosters=hold_rosters)


def _check_kinds(book: Book, problems: Problems, *, as_drill: bool) -> None:
    """A plan keeps the kind with which it was first loaded: a drill never turns into an exam."""
    rows = {row["code"]: row for row in book["考试计划"] if row.has("code", "type")}
    for code, kind in ExamPlan.objects.filter(code__in=rows).values_list("code", "kind"):
        asked = "drill" if as_drill else rows[code]["type"]
        if kind != asked:
            reason = Text(
                f"该计划已按“{KIND_LABELS[kind]}”载入，不能再按“{KIND_LABELS[asked]}”载入。请换一个计划代码。",
                f"This plan was loaded as {kind} and can't be loaded as {asked}. Use another plan code.",
            )
            problems.error(rows[code], "type", reason)


def _check_codes(book: Book, problems: Problems) -> None:
    """Codes that stand in addresses of pages have no slash."""
    for sheet in ("考试计划", "时间单元", "分部", "学习中心", "考点"):
        for row in book[sheet]:
            if "/" in row.get("code", "") or row.get("code") in (".", ".."):
                problems.error(
                    row, "code", Text("代码不能含“/”。请改用“-”。", "A code has no slash. Use a hyphen.")
                )


def check_keys(book: Book, sheet: Sheet, problems: Problems) -> None:
    """No key of a sheet stands in two rows."""
    first: dict[Key, Row] = {}
    required = [f for f in sheet.key if next(c for c in sheet.columns if c.field == f).required]
    for row in book[sheet.name]:
        if not row.has(*required):
            continue
        earlier = first.setdefault(row.key(*sheet.key), row)
        if earlier is not row:
            shown = " ".join(str(part) for part in row.key(*sheet.key) if part)
            problems.error(row, sheet.key[-1], _twice(sheet, earlier, row, shown))


def _twice(sheet: Sheet, earlier: Row, row: Row, key: str) -> Text:
    rooms = earlier.get("site"), earlier.get("room")
    if sheet.name == "监考编排" and rooms != (row.get("site"), row.get("room")):
        return Text(
            f"同一单元已编排在第 {earlier.number} 行（{rooms[0]} {rooms[1]} 考场），一名监考教师不能同时在两个考场。",
            f"Rostered in row {earlier.number} for the same unit ({rooms[0]} room {rooms[1]}): nobody is in two rooms.",
        )
    if sheet.name == "考生编排" and earlier.get("paper_no") != row.get("paper_no"):
        return Text(
            f"该考生同一单元已在第 {earlier.number} 行安排试卷 {earlier.get('paper_no')}。冲突科目请另排单元（留考）。",
            f"This candidate sits paper {earlier.get('paper_no')} in the same unit (row {earlier.number}). Use another unit.",
        )
    return TWICE.format(row=earlier.number, key=key)


def _check_references(book: Book, problems: Problems) -> None:
    for name in (s.name for s in layout.SHEETS):
        pointing = [(s, c) for s in layout.SHEETS for c in s.columns if c.refers == name]
        if name not in book.broken:
            _check_references_to(layout.sheet(name), pointing, book, problems)


def _check_references_to(
    target: Sheet, pointing: list[tuple[Sheet, Column]], book: Book, problems: Problems
) -> None:
    there = set(book.by_key(target.name))
    loose = [
        (row, column, value, key)
        for sheet, column in pointing
        for row in book[sheet.name]
        if row.has(column.field)
        for value in (row[column.field] if column.many else [row[column.field]])
        if (key := (*row.key(*target.key[:-1]), value)) not in there and None not in key
    ]
    stored = known.among(target.name, {key for *_, key in loose})
    for row, column, value, key in loose:
        if key not in stored:
            problems.error(row, column.field, MISSING_HERE.format(value=value, sheet=target.name))


def _check_times(book: Book, problems: Problems) -> None:
    plans = book.by_key("考试计划")
    for row in book["考试计划"]:
        if row.has("starts_on", "ends_on") and row["ends_on"] < row["starts_on"]:
            problems.error(
                row, "ends_on", Text("结束日期早于开始日期。", "The last day is before the first.")
            )
    for row in book["时间单元"]:
        if not row.has("start", "end"):
            continue
        if row["end"] <= row["start"]:
            problems.error(row, "end", _reversed(row["start"], row["end"]))
            continue
        plan = plans.get((row.get("plan"),))
        if plan is not None and plan.has("starts_on", "ends_on"):
            _check_window(row, plan, problems)


def _check_window(row: Row, plan: Row, problems: Problems) -> None:
    first, last = plan["starts_on"], plan["ends_on"]
    if last < first:
        return
    for field in ("start", "end"):
        if not first <= row[field].date() <= last:
            problems.error(
                row,
                field,
                Text(
                    f"{row[field]:%Y-%m-%d %H:%M} 不在考试计划的日期 {first} 至 {last} 之内。请改单元时间或计划日期。",
                    f"{row[field]:%Y-%m-%d %H:%M} is outside the plan's dates, {first} to {last}. Change one of them.",
                ),
            )
            return


def _reversed(start: datetime, end: datetime) -> Text:
    return Text(
        f"结束时间 {end.astimezone(BEIJING):%m-%d %H:%M} 不晚于开始时间 {start.astimezone(BEIJING):%m-%d %H:%M}。请核对。",
        f"It ends at {end.astimezone(BEIJING):%m-%d %H:%M}, not after its start at {start.astimezone(BEIJING):%m-%d %H:%M}.",
    )


def _check_sittings(book: Book, problems: Problems) -> None:
    """One person behind a student number, one ticket per person and plan, seats and rooms together."""
    people: dict[str, Row] = {}
    documents: dict[str, Row] = {}
    tickets: dict[Key, Row] = {}
    ticket_of: dict[Key, Row] = {}
    sites = book.by_key("考点")
    closed: set[str] = set()
    for row in book["考生编排"]:
        if not row.has("student_no"):
            continue
        first = people.setdefault(row["student_no"], row)
        _check_same_person(first, row, problems)
        _check_document(documents, row, problems)
        _check_ticket(tickets, ticket_of, row, problems)
        if row.has("seat_no") and not row.get("room"):
            problems.error(row, "room", Text("填了座位号但没有考场。", "A seat without a room."))
        if row.has("room") and "seat_no" in row.values and not row.get("seat_no"):
            problems.error(row, "seat_no", Text("已安排考场，座位号不能为空。", "A room without a seat."))
        site = sites.get((row.get("site"),))
        if site is not None and site.get("status", "normal") != "normal" and row["site"] not in closed:
            closed.add(row["site"])
            problems.error(
                row,
                "site",
                Text("该考点已暂停组考或撤销，不能安排考生。", "This site is suspended or revoked."),
            )


def _check_same_person(first: Row, row: Row, problems: Problems) -> None:
    for field in ("name", "id_no", "centre"):
        if first is not row and row.has(field) and first.has(field) and row[field] != first[field]:
            problems.error(
                row,
                field,
                Text(
                    f"与第 {first.number} 行同一学号的内容不一致。请核对两行。",
                    f"Not the same as in row {first.number}, which has this student number. Check both.",
                ),
            )


def _check_document(documents: dict[str, Row], row: Row, problems: Problems) -> None:
    if not row.has("id_no"):
        return
    first = documents.setdefault(row["id_no"], row)
    if first.get("student_no") != row["student_no"]:
        problems.warn(
            row,
            "id_no",
            Text(
                f"与第 {first.number} 行的学号 {first.get('student_no')} 是同一证件号码。请确认是否同一人。",
                f"The same ID number as student {first.get('student_no')} in row {first.number}. Is it one person?",
            ),
        )


def _check_ticket(tickets: dict[Key, Row], ticket_of: dict[Key, Row], row: Row, problems: Problems) -> None:
    if not row.has("plan", "ticket_no"):
        return
    first = tickets.setdefault(row.key("plan", "ticket_no"), row)
    if first["student_no"] != row["student_no"]:
        problems.error(
            row,
            "ticket_no",
            Text(
                f"与第 {first.number} 行的考生 {first['student_no']} 重号。准考证号一人一号。",
                f"The ticket number of candidate {first['student_no']} in row {first.number}. One per candidate.",
            ),
        )
    first = ticket_of.setdefault(row.key("plan", "student_no"), row)
    if first["ticket_no"] != row["ticket_no"]:
        problems.error(
            row,
            "ticket_no",
            Text(
                f"该考生在第 {first.number} 行的准考证号是 {first['ticket_no']}。同一计划内一人一号。",
                f"This candidate's ticket number in row {first.number} is {first['ticket_no']}. One per plan.",
            ),
        )


def _check_seats(book: Book, problems: Problems) -> None:
    """No two candidates on one seat of a unit; more than the room has is a warning."""
    seated: dict[Key, Row] = {}
    last: dict[Key, Row] = {}
    sitting: Counter[Key] = Counter()
    for row in book["考生编排"]:
        if not row.has("plan", "unit", "site", "room"):
            continue
        place = row.key("plan", "unit", "site", "room")
        sitting[place] += 1
        last[place] = row
        if row.has("seat_no"):
            first = seated.setdefault((*place, row["seat_no"]), row)
            if first is not row:
                problems.error(row, "seat_no", _seat_taken(first))
    rooms = book.by_key("考场")
    for (plan, unit, site, number), count in sitting.items():
        room = rooms.get((site, number))
        if room is not None and room.has("seats") and count > room["seats"]:
            row = last[plan, unit, site, number]
            problems.warn(
                row,
                "room",
                Text(
                    f"该考场只有 {room['seats']} 个机位，本单元安排了 {count} 人。",
                    f"This room has {room['seats']} seats; {count} candidates sit there in this unit.",
                ),
            )
    _check_papers(book, problems)


def _seat_taken(first: Row) -> Text:
    return Text(
        f"座位已安排给第 {first.number} 行的 {first.get('name', first.get('student_no'))}。请改座位号。",
        f"The seat is taken by {first.get('name', first.get('student_no'))} in row {first.number}. Change the seat.",
    )


def _check_papers(book: Book, problems: Problems) -> None:
    """A paper longer than its unit is cut at the unit's end: said once per unit and paper."""
    units, papers = book.by_key("时间单元"), book.by_key("试卷")
    sat: dict[Key, list[Row]] = defaultdict(list)
    for row in book["考生编排"]:
        sat[row.key("plan", "unit", "paper_no")].append(row)
    for (plan, code, number), rows in sat.items():
        unit, paper = units.get((plan, code)), papers.get((plan, number))
        if unit is None or paper is None or not unit.has("start", "end") or not paper.has("minutes"):
            continue
        minutes = int((unit["end"] - unit["start"]).total_seconds() // 60)
        if paper["minutes"] > minutes > 0:
            problems.warn(
                rows[0],
                "paper_no",
                Text(
                    f"试卷 {number} 需 {paper['minutes']} 分钟，单元 {code} 只有 {minutes} 分钟，到单元结束时强制交卷。",
                    f"Paper {number} takes {paper['minutes']} minutes, unit {code} has {minutes}: it ends with the unit.",
                ),
            )
