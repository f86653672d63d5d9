"""Loads proctors alone: the sheet 监考教师 of a workbook and their pictures, in one transaction, or nothing (B2)."""

from datetime import datetime
from typing import IO

from django.db import transaction

from exam_ops.core import access, clock, events
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamSite, ProctorProfile, User
from exam_ops.office.loading import album, known, reading
from exam_ops.office.loading.book import Book, Row
from exam_ops.office.loading.checking_people import check_names, check_proctors
from exam_ops.office.loading.report import Counts, Problem, Problems, Result
from exam_ops.office.loading.writing import people, places
from exam_ops.office.loading.writing.state import Writing
from exam_ops.rules.text import Text
from proctors.services.registry import ENTER
from proctors.services.registry_checks import marks

SHEET = album.PROCTORS
NO_ROWS = Text("没有任何一行。请填写监考教师。", "There is no row. Write the proctors.")
TWICE = Text("与第 {row} 行是同一工号。请删去一行。", "The user name of row {row}. Delete one.")
NOT_YOURS = Text(
    "考点“{code}”不存在，或不在您的范围内。", "There is no site {code}, or it is outside your scope."
)
TAKEN = Text(
    "该工号已被您范围之外的账号占用。请核对，或换一个工号。",
    "This user name belongs to an account outside your scope. Check it or choose another.",
)
DOUBTED = Text(
    "与账号 {username} 姓名相同，电话或出生日期也相同，疑为同一人用了两种证件。请核对。",
    "The account {username} has this name and the same phone or birth date: perhaps one person with two documents.",
)
ANY_NAME = "*"


def load_people(
    workbook: IO[bytes],
    *,
    photos: IO[bytes] | None = None,
    actor: Actor,
    now: datetime,
    check_only: bool = False,
) -> Result:
    """Loads proctors of sites within the actor's scope; nothing is written when anything is wrong.

    Raises `NotAllowed`, and `FileRefused` when a file is unusable as a whole.
    """
    actor.require(ENTER)
    began = clock.monotonic()
    problems = Problems()
    book = reading.read(workbook.read(), problems, only=SHEET)
    _check(book, actor, problems)
    result = Result(check_only=check_only, problems=problems)
    with album.read(photos, book, problems, of_proctors=True) as pictures:
        writing = Writing(book, pictures, problems, now, actor.user, as_drill=False, drill_at="")
        if not problems.errors:
            _write(writing, check_only=check_only)
            result.counts = {SHEET: writing.counts().get(SHEET, Counts())}
        result.photos = pictures.counts
    result.seconds = clock.monotonic() - began
    return result


def _check(book: Book, actor: Actor, problems: Problems) -> None:
    rows = book[SHEET]
    if not rows and SHEET not in book.broken:
        problems.errors.add(Problem(SHEET, None, "", NO_ROWS))
    first: dict[str, Row] = {}
    for row in rows:
        if row.has("username") and (earlier := first.setdefault(row["username"], row)) is not row:
            problems.error(row, "username", TWICE.format(row=earlier.number))
    check_proctors(rows, problems)
    check_names(book, problems)
    _check_scope(rows, actor, problems)
    _doubt_namesakes(rows, actor, problems)


def _check_scope(rows: list[Row], actor: Actor, problems: Problems) -> None:
    """Sites and accounts outside the actor's reach are left in peace, a proctor who is to move included."""
    own = set(access.visible(actor, ExamSite, ENTER).values_list("code", flat=True))
    known_as = _accounts(rows, actor)
    for row in rows:
        if row.has("site") and row["site"] not in own:
            problems.error(row, "site", NOT_YOURS.format(code=row["site"]))
        if known_as.get(row.get("username", ""), row.get("name")) not in (ANY_NAME, row.get("name")):
            problems.error(row, "username", TAKEN)


def _doubt_namesakes(rows: list[Row], actor: Actor, problems: Problems) -> None:
    """The same name with the same phone or birth date under another number: perhaps one person with two documents."""
    seen: dict[tuple[str, str], str] = {}
    for part in known.chunks({row["name"] for row in rows if row.has("name")}):
        there = (
            access.visible(actor, ProctorProfile, ENTER).filter(user__name__in=part).select_related("user")
        )
        for profile in there:
            seen |= dict.fromkeys(
                marks(profile.user.name, profile.id_no, profile.phone), profile.user.username
            )
    for row in rows:
        for mark in marks(row.get("name", ""), row.get("id_no", ""), row.get("phone", "")):
            other = seen.setdefault(mark, row.get("username", ""))
            if other != row.get("username", ""):
                problems.warn(row, "name", DOUBTED.format(username=other))
                break


def _accounts(rows: list[Row], actor: Actor) -> dict[str, str]:
    """User names that stand already → under which name this workbook may have them: the own proctors under any,
    somebody else of the own under the same, whoever is out of reach under none."""
    found: dict[str, str] = {}
    for part in known.chunks({row["username"] for row in rows if row.has("username")}):
        found |= dict.fromkeys(User.objects.filter(username__in=part).values_list("username", flat=True), "")
        others = access.visible(actor, User, ENTER).filter(username__in=part, proctor=None)
        found |= dict(others.values_list("username", "name"))
        mine = access.visible(actor, ProctorProfile, ENTER).filter(user__username__in=part)
        found |= dict.fromkeys(mine.values_list("user__username", flat=True), ANY_NAME)
    return found


def _write(writing: Writing, *, check_only: bool) -> None:
    with transaction.atomic():
        for step in (
            places.write_sites,
            people.write_accounts,
            people.write_proctors,
            people.write_memberships,
        ):
            step(writing)
        if writing.problems.errors or check_only:
            transaction.set_rollback(True)
            return
        counts = writing.counts()[SHEET]
        if counts.added or counts.changed:
            said = {"added": counts.added, "changed": counts.changed}
            events.record("proctor.imported", now=writing.now, actor=writing.actor, **said)
        writing.album.store()
