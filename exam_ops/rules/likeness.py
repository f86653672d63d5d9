"""Nearly the same picture, found among a million: a 64-bit perceptual hash in four bands of 16 bits.

Two hashes that differ in at most seven bits share a band that differs in at most one (7 // 4): whoever looks up
the bands with each of their bits turned once finds every near picture, and no other way to look is needed.
"""

BANDS, BITS = 4, 16
NEAR = 6
"""Differing bits of 64: scaled down, saved anew, up to three hundredths cut off; a strip added is more."""
SAME_ROOM_NEAR = 2  # one room looks alike in every unit when it is taken from the same door
MOST_FOUND = BANDS * 2 - 1  # differing bits up to which the look-up misses nothing

_TURNED = (0, *(1 << bit for bit in range(BITS)))

Bands = tuple[int, int, int, int]


def bands(likeness: int) -> Bands:
    """The hash in its four bands, the highest first; each 0 … 65535."""
    one, two, three, four = (likeness >> shift & 0xFFFF for shift in (48, 32, 16, 0))
    return one, two, three, four


def keys(band: int) -> list[int]:
    """The band and everything that differs from it in one bit: what is looked up."""
    return [band ^ turned for turned in _TURNED]


def apart(one: Bands, other: Bands) -> int:
    """In how many bits of 64 two hashes differ."""
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


def is_near(distance: int, *, same_room: bool) -> bool:
    """Whether pictures of two room sessions that differ in `distance` bits are worth a look."""
    return distance <= (SAME_ROOM_NEAR if same_room else NEAR)
