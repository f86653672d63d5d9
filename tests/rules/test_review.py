"""When a person may apply a fact that could not be applied: each condition, and the window to the second."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules.entry import Cause, Entry
from exam_ops.rules.review import Against, Case, against, cause, may_be_undone

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)
SECOND, HALF_HOUR = timedelta(seconds=1), timedelta(minutes=30)
GOOD = Case(
    code="out_of_scope",
    passed=True,
    manual=False,
    captured_at=T,
    entry_opens_at=T - HALF_HOUR,
    entry_closes_at=T + HALF_HOUR,
    rostered=True,
    manual_check_for_all=False,
    entry_status=Entry.NOT_SIGNED_IN,
)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, None),
        ({"code": ""}, Against.IN_FORCE),
        ({"code": "unknown_sitting"}, None),
        ({"code": "invalid"}, None),
        ({"code": "id_reused"}, None),
        ({"code": "not_open"}, Against.CODE),
        ({"code": "entry_rejected"}, Against.CODE),
        ({"passed": False}, Against.FAILED),
        ({"captured_at": None}, Against.NO_TIME),
        ({"rostered": False}, Against.NOT_ROSTERED),
        ({"manual": True}, Against.MANUAL),
        ({"manual": True, "code": "manual_not_allowed", "manual_check_for_all": True}, None),
        ({"entry_status": Entry.PENDING}, None),
        ({"entry_status": Entry.SIGNED_IN}, Against.STATUS),
        ({"entry_status": Entry.APPROVED}, Against.STATUS),
        ({"entry_status": Entry.REJECTED}, Against.STATUS),
        ({"entry_status": Entry.ABSENT}, Against.STATUS),  # before close nobody is absent
    ],
)
def test_each_condition(changed, found):
    assert against(replace(GOOD, **changed), now=T) == found


@pytest.mark.parametrize(
    ("captured_at", "found"),
    [
        (T - HALF_HOUR - SECOND, Against.OUTSIDE),
        (T - HALF_HOUR, None),
        (T - HALF_HOUR + SECOND, None),
        (T + HALF_HOUR - SECOND, None),
        (T + HALF_HOUR, Against.OUTSIDE),
        (T + HALF_HOUR + SECOND, Against.OUTSIDE),
    ],
)
def test_captured_while_entry_was_open(captured_at, found):
    assert against(replace(GOOD, captured_at=captured_at), now=T + timedelta(hours=1)) == found


@pytest.mark.parametrize(
    ("after", "by", "turns_absent"),
    [
        (-SECOND, Cause.PASSED, False),
        (0 * SECOND, Cause.LATE_ARRIVAL, True),
        (SECOND, Cause.LATE_ARRIVAL, True),
    ],
)
def test_from_close_of_entry_on_it_is_a_late_arrival_which_turns_absent_back(after, by, turns_absent):
    now = GOOD.entry_closes_at + after
    assert cause(GOOD, now=now) == by
    absent = replace(GOOD, entry_status=Entry.ABSENT)
    assert (against(absent, now=now) is None) is turns_absent


@pytest.mark.parametrize("effective", [True, False])
@pytest.mark.parametrize("manual", [True, False])
@pytest.mark.parametrize("status", list(Entry))
def test_only_a_manual_sign_in_that_holds_is_undone(effective, manual, status):
    may = may_be_undone(effective=effective, manual=manual, entry_status=status)
    assert may is (effective and manual and status == Entry.SIGNED_IN)
