"""Near hashes: the bands' keys miss none of them, whatever differs."""

from hypothesis import given
from hypothesis import strategies as st

from exam_ops.rules import likeness

HASHES = st.integers(0, 2**64 - 1)


@given(HASHES, st.sets(st.integers(0, 63), max_size=likeness.MOST_FOUND))
def test_two_that_differ_in_seven_bits_share_a_key(one, turned):
    other = one
    for bit in turned:
        other ^= 1 << bit
    pairs = list(zip(likeness.bands(one), likeness.bands(other), strict=True))
    assert any(b in likeness.keys(a) for a, b in pairs)
    assert likeness.apart(likeness.bands(one), likeness.bands(other)) == len(turned)


def test_what_counts_as_near_is_always_found():
    assert likeness.SAME_ROOM_NEAR <= likeness.NEAR <= likeness.MOST_FOUND
    assert likeness.is_near(6, same_room=False)
    assert not likeness.is_near(7, same_room=False)
    assert likeness.is_near(2, same_room=True)
    assert not likeness.is_near(3, same_room=True)
