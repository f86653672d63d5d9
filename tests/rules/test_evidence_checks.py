"""Hints about evidence at their boundaries: a person is asked to look from just beyond them."""

from datetime import UTC, datetime, timedelta
from string import Formatter

import pytest

from exam_ops.rules import evidence_checks as checks
from exam_ops.rules.evidence_checks import LABELS, STATES, WORDS, Name, State
from exam_ops.rules.photo_hints import Measures

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
HERE = (30.0, 120.0)
A_KILOMETRE = 1000 / 111_195.08  # degrees of latitude


def measures(**given) -> Measures:
    sound = {
        "width": 4000,
        "height": 3000,
        "sharpness": 300,
        "brightness": 120,
        "contrast": 50,
        "likeness": 0,
    }
    return Measures(**sound | given)


def test_every_name_state_and_sentence_is_there_in_both_languages():
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert set(LABELS) == set(Name)
    assert set(STATES) == set(State)
    assert [code for code, said in WORDS.items() if holes(said.zh) != holes(said.en)] == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "clear"), ({"height": 720}, "clear"), ({"height": 719}, "small"), ({"width": 719}, "small"),
        ({"brightness": 50}, "clear"), ({"brightness": 49.9}, "dark"), ({"brightness": 215}, "bright"),
        ({"sharpness": 40}, "clear"), ({"sharpness": 39.9}, "blurred"),
    ],
)  # fmt: skip
def test_large_light_and_sharp_enough(given, code):
    found = checks.opens(measures(**given))
    assert (found.code, found.state) == (code, State.PASSED if code == "clear" else State.FLAGGED)


def test_what_cannot_be_decoded_is_to_be_looked_at():
    assert checks.opens(None).code == "unreadable"


@pytest.mark.parametrize(
    ("apart", "state"),
    [(-301, "flagged"), (-300, "passed"), (0, "passed"), (300, "passed"), (301, "flagged")],
)
def test_the_time_in_the_file_beside_the_claim(apart, state):
    claimed = T + 30 * MINUTE
    taken = claimed + apart * SECOND
    found = checks.exif_time(taken, claimed=claimed, start=T, received=T + 40 * MINUTE)
    assert found.state == state


@pytest.mark.parametrize(
    ("taken", "code"),
    [
        (-301, "time_off_unit"), (-300, "time_fits"), (0, "time_fits"), (2400, "time_fits"),
        (2700, "time_fits"), (2701, "time_off_unit"),
    ],
)  # fmt: skip
def test_without_a_claim_the_file_s_time_lies_between_the_start_and_the_upload(taken, code):
    at = T + taken * SECOND
    assert checks.exif_time(at, claimed=None, start=T, received=T + 40 * MINUTE).code == code


def test_a_phone_whose_clock_is_known_to_be_wrong_is_put_right():
    slow = T - 60 * MINUTE
    asked = {"claimed": slow, "start": T, "received": T + 40 * MINUTE}
    assert checks.exif_time(slow, **asked).code == "time_off_unit"
    assert checks.exif_time(slow, **asked, fast=timedelta(minutes=90)).code == "time_fits"


def test_that_time_or_place_is_missing_is_common_and_said():
    assert checks.exif_time(None, claimed=T, start=T, received=T).state == State.MISSING
    assert checks.exif_place(None, site=HERE).code == "no_place"
    assert checks.exif_place(HERE, site=None).code == "site_has_no_place"


@pytest.mark.parametrize(
    ("north", "state"), [(0, "passed"), (0.9999, "passed"), (1.0001, "flagged"), (-1.0001, "flagged")]
)
def test_a_kilometre_around_the_site(north, state):
    place = (HERE[0] + north * A_KILOMETRE, HERE[1])
    assert checks.exif_place(place, site=HERE).state == state


def test_distances_on_the_earth():
    assert checks.distance((0, 179.999), (0, -179.999)) == pytest.approx(222.4, abs=0.1)
    assert checks.distance((90, 0), (90, 77)) == pytest.approx(0, abs=1e-6)


def test_marks_of_everybody_who_owes():
    assert checks.marks(0, []).code == "none_owed"
    assert checks.marks(2, []).state == State.PASSED
    lacking = checks.marks(7, [f"{seat:02d}" for seat in range(1, 8)])
    assert lacking.state == State.FLAGGED
    assert "01、02、03、04、05 … (7)" in checks.said(lacking.code, lacking.figures).zh


def test_a_sentence_within_a_sentence_keeps_its_languages():
    told = checks.said("told", {"told": {"zh": "中", "en": "E"}})
    assert (told.zh, told.en) == ("中", "E")
