"""The deadline table: every instant, in order, and moved out of the night."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules import deadlines
from exam_ops.rules.deadlines import due_times, get, next_due
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.policy import DEFAULT

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)  # Saturday 08:30 in Beijing
E = T + timedelta(minutes=90)


def at(key: str, start: datetime = T, end: datetime = E, **extra) -> datetime | None:
    return next((d.at for d in due_times(start, end, **extra) if d.key == key), None)


@pytest.mark.parametrize(
    ("key", "offset"),
    [
        ("roster_locks", -timedelta(hours=48)),
        ("change_requests_close", -timedelta(hours=2)),
        ("entry_opens", -timedelta(minutes=30)),
        ("escalation", -timedelta(minutes=5)),
        ("sync_lag", timedelta(minutes=15)),
        ("panorama_photo", timedelta(minutes=30)),
        ("evidence_warning_45", timedelta(minutes=45)),
        ("evidence_warning_e15", timedelta(minutes=75)),
        ("evidence_closes", timedelta(minutes=90)),
        ("offline_closes", timedelta(hours=25.5)),
    ],
)
def test_offsets(key, offset):
    assert at(key) == T + offset


def test_dues_stand_in_order():
    times = [due.at for due in due_times(T, E, paper_minutes=[60, 90])]
    assert times == sorted(times)


def test_a_shorter_paper_is_submitted_on_its_own():
    assert at("forced_submission+60", paper_minutes=[60, 90]) == T + timedelta(minutes=60)
    assert at("forced_submission", paper_minutes=[60, 90]) == E
    assert at("forced_submission+90", paper_minutes=[60, 90]) is None


def test_a_reminder_due_at_night_is_sent_the_afternoon_before():
    start = datetime(2025, 12, 6, 5, 30, tzinfo=BEIJING)
    assert at("roster_reminder_72h", start, start + timedelta(hours=1)) == datetime(
        2025, 12, 2, 17, tzinfo=BEIJING
    )


def test_by_day_it_keeps_its_hour():
    assert at("roster_reminder_72h") == T - timedelta(hours=72)


def test_a_morning_unit_is_warned_on_the_working_day_before():
    assert at("change_warning_eve") == datetime(2025, 12, 5, 17, tzinfo=BEIJING)


def test_monday_morning_is_warned_on_friday():
    monday = datetime(2025, 12, 8, 8, 30, tzinfo=BEIJING)
    assert at("change_warning_eve", monday, monday + timedelta(hours=1)) == datetime(
        2025, 12, 5, 17, tzinfo=BEIJING
    )


def test_an_afternoon_unit_has_no_eve():
    noon = datetime(2025, 12, 8, 14, 0, tzinfo=BEIJING)
    assert at("change_warning_eve", noon, noon + timedelta(hours=1)) is None


def test_a_changed_offset_holds():
    policy = DEFAULT.changed({"deadline_offsets": {"escalation": -600}})
    assert at("escalation", policy=policy) == T - timedelta(minutes=10)


def test_keys_are_unique_and_readable():
    keys = [d.key for d in deadlines.TABLE]
    assert len(keys) == len(set(keys))
    assert get("forced_submission+60").name == "forced_submission"


def test_next_due_is_strictly_ahead():
    dues = due_times(T, E)
    assert next_due(dues, T - timedelta(minutes=5)).key == "sync_lag"
    assert next_due(dues, T - timedelta(minutes=5, microseconds=1)).key == "escalation"
