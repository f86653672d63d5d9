"""Watermarks as readers give them: blanks lost, letters for digits, lines torn; below 0.9 a person looks."""

from datetime import UTC, date, datetime, timedelta

import pytest

from exam_ops.rules import watermark
from exam_ops.rules.evidence_checks import State
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.watermark import Line

DAY = date(2025, 12, 6)
T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)
NINE = T + timedelta(minutes=30)
ADDRESS = "示例市示例路 18 号"


def lines(*texts: str, score: float = 0.97) -> list[Line]:
    return [Line(text, score) for text in texts]


def judged(*texts: str, score: float = 0.97, claimed: datetime | None = NINE, address: str = ADDRESS):
    return watermark.judge(
        lines(*texts, score=score),
        claimed=claimed,
        start=T,
        received=NINE + timedelta(minutes=2),
        address=address,
    )


@pytest.mark.parametrize(
    "texts",
    [
        ["2025-12-06 09:00:05"], ["2025-12-0609:00:05"], ["2025年12月06日 09:00:05"], ["12月6日", "9:00:05"],
        ["2O25.12.O6 O9:00:05"], ["２０２５／１２／０６", "星期六", "09：00：05"], ["25-12-06 09:00:05"], ["09:00:05"],
    ],
)  # fmt: skip
def test_a_time_however_it_is_written(texts):
    at, score = watermark.taken_at(lines(*texts), day=DAY)
    assert (at, score) == (datetime(2025, 12, 6, 9, 0, 5, tzinfo=BEIJING), 0.97)


@pytest.mark.parametrize("texts", [[], ["第3单元 2.5版"], ["2025-12-06"], ["2025-12-06 0900"], ["25:61"]])
def test_no_time_is_made_up(texts):
    assert watermark.taken_at(lines(*texts), day=DAY) is None


def test_the_day_is_read_where_it_stands():
    at, _ = watermark.taken_at(lines("2025-12-05 09:00"), day=DAY)
    assert at.day == 5


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["2025-12-06 09:00:00", "示例市示例路18号301考场"], "mark_fits"),
        (["2025-12-06 09:05:00", "示例市示例路18号"], "mark_fits"),
        (["2025-12-06 09:05:01", "示例市示例路18号"], "mark_off"),
        (["2025-12-06 09:00:00", "云岭市人民大道3号"], "mark_elsewhere"),
        (["示例市示例路18号"], "mark_no_time"),
        (["第3单元"], "no_watermark"),
        ([], "no_watermark"),
    ],
)
def test_what_the_watermark_says_beside_time_and_place(texts, code):
    assert judged(*texts).code == code


@pytest.mark.parametrize(("score", "state"), [(0.9, State.PASSED), (0.899, State.FLAGGED)])
def test_below_nine_tenths_a_person_looks(score, state):
    assert judged("2025-12-06 09:00:00", "示例市示例路18号", score=score).state == state


def test_without_a_claim_the_unit_counts_and_without_an_address_the_time_alone():
    assert judged("2025-12-06 08:40:00", claimed=None, address="").code == "mark_fits"
    assert judged("2025-12-06 07:40:00", claimed=None, address="").code == "mark_off"
