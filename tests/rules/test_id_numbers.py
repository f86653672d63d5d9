"""GB 11643 to the letter; the numbers are the standard's own examples or made here."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_ops.rules.id_numbers import (
    IdKind,
    IdNumberRefused,
    check_character,
    kind_of,
    mask,
    mask_within,
    normalise,
    read,
)

TODAY = date(2025, 12, 5)
STANDARD = "11010519491231002X"


def made(area="110105", born="19900101", sequence="001"):
    first17 = f"{area}{born}{sequence}"
    return first17 + check_character(first17)


def refusal(text):
    with pytest.raises(IdNumberRefused) as refused:
        read(text, today=TODAY)
    assert refused.value.detail.zh
    assert refused.value.detail.en
    return refused.value.code


@pytest.mark.parametrize("number", [STANDARD, "440524188001010014"])
def test_the_examples_of_the_standard_are_right(number):
    assert read(number, today=TODAY).number == number


def test_what_is_read():
    read_number = read(STANDARD, today=TODAY)
    assert read_number.birth_date == date(1949, 12, 31)
    assert read_number.kind is IdKind.RESIDENT
    assert read_number.area_known


@pytest.mark.parametrize(
    "text",
    [
        *(
            "11010519491231002x",
            " 110105 19491231 002X ",
            "１１０１０５１９４９１２３１００２Ｘ",
            "11010519491231002ｘ",
        ),
        *("110105\u300019491231002X", "11010519491231002X\n", "\ufeff110105\u200b19491231002X"),
    ],
)
def test_writing_is_normalised(text):
    assert normalise(text) == STANDARD
    assert read(text, today=TODAY).number == STANDARD


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "wrong_length"),
        ("110105491231002", "wrong_length"),
        (STANDARD[:-1], "wrong_length"),
        (STANDARD + "0", "wrong_length"),
        ("1101051949123100X2", "wrong_characters"),
        ("11010519491231002Y", "wrong_characters"),
        ("1101051949123100²X", "wrong_characters"),
        ("١1010519491231002X", "wrong_characters"),
        ("110105194912310021", "wrong_checksum"),
        ("110105194912310029", "wrong_checksum"),
        ("11010519491231020X", "wrong_checksum"),
    ],
)
def test_what_breaks_the_standard(text, code):
    assert refusal(text) == code


@pytest.mark.parametrize(
    "born", ["19900230", "19901301", "19900001", "19900100", "19910229", "00000101", "18741231"]
)
def test_impossible_birth_dates(born):
    assert refusal(made(born=born)) == "impossible_birth_date"


@pytest.mark.parametrize("born", ["19920229", "20000229", "18750101"])
def test_possible_birth_dates(born):
    assert f"{read(made(born=born), today=TODAY).birth_date:%Y%m%d}" == born


@pytest.mark.parametrize("days", [-1, 0])
def test_born_by_today(days):
    born = TODAY + timedelta(days=days)
    assert read(made(born=f"{born:%Y%m%d}"), today=TODAY).birth_date == born


def test_not_born_tomorrow():
    assert refusal(made(born="20251206")) == "impossible_birth_date"


@pytest.mark.parametrize(
    ("area", "kind"),
    [
        ("110105", IdKind.RESIDENT),
        ("810000", IdKind.RESIDENCE_PERMIT),
        ("820000", IdKind.RESIDENCE_PERMIT),
        ("830000", IdKind.RESIDENCE_PERMIT),
        ("911840", IdKind.FOREIGN_RESIDENT),
    ],
)
def test_kinds_that_follow_the_standard(area, kind):
    assert read(made(area=area), today=TODAY).kind is kind


@pytest.mark.parametrize("text", ["E12345678", "H12345678", "12345678", "110105491231002", ""])
def test_other_documents_are_recognised_as_such(text):
    assert kind_of(text) is IdKind.OTHER


@pytest.mark.parametrize(
    ("area", "known"),
    [
        ("110105", True),
        ("710000", True),
        ("830000", True),
        ("990000", True),
        ("100000", False),
        ("840000", False),
    ],
)
def test_an_unknown_area_is_told_but_not_refused(area, known):
    assert read(made(area=area), today=TODAY).area_known is known


@given(st.integers(0, 16), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(place, by):
    wrong = str((int(STANDARD[place]) + by) % 10)
    refusal(STANDARD[:place] + wrong + STANDARD[place + 1 :])


@given(st.dates(date(1930, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 15))
def test_every_swap_of_neighbours_is_caught(born, sequence, place):
    number = made(born=f"{born:%Y%m%d}", sequence=f"{sequence:03}")
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        refusal(swapped)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (STANDARD, "110***********002X"),
        ("11010519491231002x", "110***********002X"),
        ("E12345678", "E******78"),
        ("1234", "***4"),
        ("123", "***"),
        ("", ""),
    ],
)
def test_a_masked_number(text, shown):
    assert mask(text) == shown


@given(st.text(alphabet="0123456789X", max_size=30))
def test_a_mask_shows_seven_characters_and_less_than_half_at_most(number):
    shown = len(number) - mask(number).count("*")
    assert shown <= min(7, len(number) / 2)


def test_a_refusal_does_not_hold_the_number():
    with pytest.raises(IdNumberRefused) as refused:
        read("110105194912310021", today=TODAY)
    assert "19491231" not in f"{refused.value!r}{refused.value.detail}"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("证件99900119990101101X已核对", "证件999***********101X已核对"),
        ("准考证 202512060830000101", "准考证 202512060830000101"),  # no birth date stands in it
        ("SHA a99900119990101101X0", "SHA a99900119990101101X0"),  # part of something longer
        ("无", "无"),
    ],
)
def test_a_number_that_somebody_wrote_into_a_sentence_is_masked(written, shown):
    assert mask_within(written) == shown
