"""Machine hints about a photo, at their borders (C13)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from exam_ops.rules.photo_hints import WORDS, Hint, Measures, are_alike, hints, opens_duty
from tests.world import E

GOOD = Measures(width=480, height=640, sharpness=300, brightness=120, contrast=40, likeness=0b1011 << 40)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"sharpness": 40.0}, []),
        ({"sharpness": 39.99}, [Hint.BLURRED]),
        ({"brightness": 50.0}, []),
        ({"brightness": 49.9}, [Hint.DARK]),
        ({"brightness": 214.9}, []),
        ({"brightness": 215.0}, [Hint.BRIGHT]),
        ({"width": 240, "height": 240}, []),
        ({"width": 4000, "height": 239}, [Hint.SMALL]),
        ({"brightness": 0, "sharpness": 0, "contrast": 0}, [Hint.DARK, Hint.BLURRED]),
    ],
)
def test_what_a_picture_raises_by_itself(change, expected):
    assert hints(replace(GOOD, **change)) == expected


@pytest.mark.parametrize(
    ("change", "alike"),
    [
        ({}, True),
        ({"likeness": GOOD.likeness ^ 0b11}, True),
        ({"likeness": GOOD.likeness ^ 0b111}, False),
        ({"brightness": 121.0, "contrast": 39.0}, True),
        ({"brightness": 121.1}, False),
        ({"contrast": 38.9}, False),
        ({"width": 120, "sharpness": 10}, True),  # smaller and softer is still the same picture
    ],
)
def test_nearly_the_same_picture(change, alike):
    assert are_alike(GOOD, replace(GOOD, **change)) is alike
    assert are_alike(replace(GOOD, **change), GOOD) is alike


def test_of_two_pictures_of_nothing_likeness_says_nothing():
    flat = replace(GOOD, contrast=5.9)
    assert not are_alike(flat, flat)
    assert are_alike(replace(GOOD, contrast=6.0), replace(GOOD, contrast=6.0))


def test_a_bad_photo_is_a_duty_until_evidence_closes():
    second = timedelta(seconds=1)
    assert opens_duty(now=E - second, evidence_closes_at=E)
    assert not opens_duty(now=E, evidence_closes_at=E)
    assert not opens_duty(now=E + second, evidence_closes_at=E)


def test_every_hint_has_its_words():
    assert set(WORDS) == set(Hint)
