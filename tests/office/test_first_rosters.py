"""A plan that is published late: its first rosters are requests to the branch, by the seconds of the rule (C8)."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.core import outbox
from exam_ops.core.access import actor_for
from exam_ops.core.models import RosterRow, SiteUnit, User
from exam_ops.office.loading import load
from exam_ops.rules.permissions import Role
from incidents.models import Notification
from proctors.models import ProctorChange
from proctors.services import deciding
from tests import world as worlds
from tests.office.workbooks import build, sound

START = datetime(2026, 1, 6, 0, 30, tzinfo=UTC)  # of the workbook's first unit
S, H = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def put(compared, at):
    """`put(before)` loads the sound workbook so long before its first unit, as headquarters."""
    head = worlds.member("head", Role.HQ)

    def send(before, rows=None, *, actor=head, **options):
        at.now = START - before
        return load(build(rows or sound()), now=at.now, actor=actor, **options)

    return send


def errors(result) -> list[str]:
    return [problem.line() for problem in result.problems.errors]


@pytest.mark.parametrize(
    ("before", "rostered", "asked"),
    [
        (48 * H + S, 2, 0),
        (48 * H, 2, 0),
        (48 * H - S, 0, 2),
        (2 * H + S, 0, 2),
        (2 * H, 0, 0),
        (2 * H - S, 0, 0),
    ],
)
def test_what_becomes_of_a_first_roster_at_each_second(put, before, rostered, asked):
    result = put(before)
    assert RosterRow.objects.count() == rostered
    assert ProctorChange.objects.filter(status="pending", window="branch_approval").count() == asked
    assert result.ok is bool(rostered + asked)
    if not result.ok:
        assert "距开考已不足 2 小时" in errors(result)[0]
        assert not SiteUnit.objects.exists()  # nothing half done


def test_the_branch_hears_of_it_and_decides(put, at):
    result = put(40 * H)
    assert "已作为变更申请提交分部" in next(iter(result.problems.warnings)).line()
    outbox.drain(now=at.now)
    officer = User.objects.get(username="b9")
    assert [n.title["zh"] for n in Notification.objects.filter(user=officer)] == ["监考变更待审批：2 项"]
    assert ProctorChange.objects.values("batch").distinct().count() == 1
    done = deciding.decide_many(
        ProctorChange.objects.values_list("pk", flat=True),
        outcome="approved",
        actor=actor_for(officer, now=at.now),
        clock=lambda: at.now,
    )
    assert len(done.decided) == RosterRow.objects.count() == 2


def test_the_same_workbook_again_asks_for_nothing_twice(put):
    put(40 * H)
    again = put(39 * H)
    assert again.ok
    assert ProctorChange.objects.count() == 2


def test_an_addition_to_a_unit_that_stands_is_the_sites_to_ask_for(put):
    rows = sound()
    kept, rows["监考编排"] = rows["监考编排"], rows["监考编排"][:1]
    put(72 * H, rows)
    rows["监考编排"] = kept
    assert "已在开考前 48 小时锁定" in errors(put(40 * H, rows))[0]


def test_a_drill_begins_with_its_rosters(put):
    assert put(40 * H, as_drill=True).ok
    assert RosterRow.objects.count() == 2


def test_a_check_alone_asks_nobody(put):
    assert put(40 * H, check_only=True).ok
    assert not ProctorChange.objects.exists()


def test_without_somebody_who_asks_it_is_refused(put):
    assert "须有申请人" in errors(put(40 * H, actor=None))[0]
