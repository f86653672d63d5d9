"""What a machine may say of a sign-in photo (C13): words for people, who alone decide.

The measures are those of the upright picture, in grey and scaled to at most 1,000 pixels; the thresholds
stand here and nowhere else. They were chosen so that a camera's sharp picture (variance about 300) and a
blurred one (about 7) lie far on either side.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exam_ops.rules.text import Text

SMALLEST_SIDE = 240  # pixels: a face that fills half of it has 120
SHARP_FROM = 40.0  # variance of the Laplacian
LIGHT_FROM, LIGHT_UNTIL = 50.0, 215.0  # mean grey, 0 black … 255 white
FLAT_BELOW = 6.0  # standard deviation of grey: all likenesses of next to nothing are alike
ALIKE_WITHIN = 2  # differing bits of 64: drawn anew or made smaller, not somebody else before the same wall
SAME_LIGHT_WITHIN = 1.0  # grey, of brightness and of contrast


class Hint(StrEnum):
    BLURRED = "blurred"
    DARK = "dark"
    BRIGHT = "bright"
    SMALL = "small"
    SAME_PICTURE = "same_picture"
    SAME_AS_REFERENCE = "same_as_reference"
    BY_HAND = "by_hand"


WORDS: dict[Hint, Text] = {
    Hint.BLURRED: Text("可能模糊", "May be blurred"),
    Hint.DARK: Text("可能过暗", "May be too dark"),
    Hint.BRIGHT: Text("可能过曝", "May be overexposed"),
    Hint.SMALL: Text("尺寸过小", "Too small"),
    Hint.SAME_PICTURE: Text(
        "与其他考生的照片相同或近似", "The same or nearly the same picture as another candidate's"
    ),
    Hint.SAME_AS_REFERENCE: Text(
        "与报名照片相同或近似", "The same or nearly the same picture as the reference photo"
    ),
    Hint.BY_HAND: Text("人工标为不合格", "Marked as bad by a person"),
}


@dataclass(frozen=True, slots=True)
class Measures:
    """`likeness` is a perceptual hash of 64 bits: near pictures differ in few of them."""

    width: int
    height: int
    sharpness: float
    brightness: float
    contrast: float
    likeness: int


def hints(of: Measures) -> list[Hint]:
    """The doubts that a picture raises by itself, worst first."""
    asked = (
        (Hint.SMALL, min(of.width, of.height) < SMALLEST_SIDE),
        (Hint.DARK, of.brightness < LIGHT_FROM),
        (Hint.BRIGHT, of.brightness >= LIGHT_UNTIL),
        (Hint.BLURRED, of.sharpness < SHARP_FROM),
    )
    return [hint for hint, applies in asked if applies]


def are_alike(one: Measures, other: Measures) -> bool:
    """Whether two pictures are the same or nearly so; of a picture of nearly nothing that can't be said."""
    if min(one.contrast, other.contrast) < FLAT_BELOW:
        return False
    apart = max(abs(one.brightness - other.brightness), abs(one.contrast - other.contrast))
    return apart <= SAME_LIGHT_WITHIN and (one.likeness ^ other.likeness).bit_count() <= ALIKE_WITHIN


def opens_duty(*, now: datetime, evidence_closes_at: datetime) -> bool:
    """Whether a photo found bad at `now` still makes a duty; from the close on it goes to the check after the exam."""
    return now < evidence_closes_at
