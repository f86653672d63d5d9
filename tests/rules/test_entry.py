"""Moves of the entry status, each as the contract lists it."""

import pytest

from exam_ops.rules.entry import MAY_SIT, Cause, Entry, allowed, target

EXPECTED = {
    Cause.PASSED: {"not_signed_in", "pending"},
    Cause.REQUESTED: {"not_signed_in", "rejected"},
    Cause.APPROVAL: {"pending"},
    Cause.REJECTION: {"pending"},
    Cause.EXPIRY: {"pending"},
    Cause.CLOSE: {"not_signed_in"},
    Cause.LATE_ARRIVAL: {"not_signed_in", "pending", "absent"},
    Cause.EVIDENCE: {"absent"},
    Cause.UNDO: {"signed_in"},
    Cause.REOPENED: {"absent"},
    Cause.RESUMED: {"absent", "not_signed_in"},
    Cause.SUPERVISED: {"not_signed_in"},
    Cause.LEFT: {"not_signed_in"},
    Cause.KEPT: {"absent"},
    Cause.STOPPED: {"pending"},
}


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("status", Entry)
def test_a_move_is_allowed_from_its_own_states_alone(cause, status):
    assert allowed(status, cause) is (status.value in EXPECTED[cause])


def test_approved_stays():
    assert not any(allowed(Entry.APPROVED, cause) for cause in Cause)


def test_who_may_sit():
    assert {Entry.SIGNED_IN, Entry.APPROVED} == MAY_SIT
    assert target(Cause.EVIDENCE) is Entry.APPROVED
