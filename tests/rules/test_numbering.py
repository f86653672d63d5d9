"""What a phone counted and the portal has not seen, against sets of plain numbers."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_ops.rules.numbering import Numbers

SOME = st.sets(st.integers(1, 40))


@settings(deadline=None)
@given(SOME, SOME, st.integers(0, 50))
def test_ranges_say_what_sets_say(one, other, told):
    both = Numbers.of(one) | Numbers.of(other)
    lacking = sorted(set(range(1, max({told, *one, *other}) + 1)) - one - other)
    assert both == Numbers.of(one | other) == Numbers.read(str(both))
    assert (len(both), both.highest) == (len(one | other), max({0, *one, *other}))
    assert (both.missing(told), list(both.lacking(told))) == (len(lacking), lacking)


@pytest.mark.parametrize(
    ("numbers", "text"), [([], "{}"), ([2, 1, 3, 2], "{[1,4)}"), ([1, 2, 3, 6], "{[1,4),[6,7)}")]
)
def test_as_postgresql_writes_it(numbers, text):
    assert str(Numbers.of(numbers)) == text


def test_a_number_of_another_age_costs_nothing():
    far = Numbers.of([2_147_483_647])
    assert far.missing(0) == 2_147_483_646
    assert list(islice(far.lacking(0), 2)) == [1, 2]
