"""Which moves of one request go together (C8, decision 0035)."""

import pytest

from exam_ops.rules.roster_swaps import together

A, B, C = 1, 2, 3


@pytest.mark.parametrize(
    ("legs", "groups"),
    [
        ([], []),
        ([("u", A, B), ("u", C, 4)], [[0], [1]]),  # two replacements by people who stand nowhere
        ([("u", A, B), ("u", B, A)], [[0, 1]]),  # a swap
        ([("u", None, A), ("u", A, None)], [[0, 1]]),  # a move to an empty place
        ([("u", A, B), ("v", B, A)], [[0], [1]]),  # in two units nobody is twice
        ([("u", A, B), ("u", 8, 9), ("u", B, C), ("u", C, A)], [[0, 2, 3], [1]]),  # three in a ring
        ([("u", None, A), ("u", B, None)], [[0], [1]]),
    ],
)
def test_who_comes_by_leaving_another_place_of_the_unit_ties_the_two(legs, groups):
    assert together(legs) == groups
