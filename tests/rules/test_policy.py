"""A plan's policy: stored values laid over the plan's own."""

from datetime import timedelta

import pytest

from exam_ops.rules.policy import DEFAULT


def test_changed_values_are_laid_over():
    policy = DEFAULT.changed({"escalate_before": 600, "mass_people": 30})
    assert policy.escalate_before == timedelta(minutes=10)
    assert policy.mass_people == 30
    assert DEFAULT.mass_people == 50


def test_stored_and_read_again_is_the_same():
    policy = DEFAULT.changed({"deadline_offsets": {"escalation": -600}})
    assert DEFAULT.changed(policy.stored()) == policy


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError):
        DEFAULT.changed({"nonsense": 1})
