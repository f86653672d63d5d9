"""A workbook that would put somebody into two rooms at once names the row, and nothing is written (C8)."""

from datetime import timedelta

import pytest

from exam_ops.core.models import ExamPlan, RosterRow
from tests.office.test_load import errors, put
from tests.office.workbooks import PLAN, Rows, sound

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("compared")]


def other_plan(later: timedelta) -> Rows:
    """The sound workbook as another plan, its units `later`."""
    rows = sound()
    for sheet in rows.values():
        for row in sheet:
            row.update({name: "P2" for name in ("plan", "code") if row.get(name) == PLAN})
    for unit in rows["时间单元"]:
        unit["start"], unit["end"] = unit["start"] + later, unit["end"] + later
    return rows


@pytest.mark.parametrize(
    ("later", "options", "fits"),
    [
        (timedelta(minutes=89), {}, False),
        (timedelta(minutes=90), {}, True),
        (timedelta(0), {"as_drill": True}, True),
    ],
)
def test_a_proctor_of_another_plan_is_named(later, options, fits):
    put()
    said = errors(put(other_plan(later), **options))
    assert ExamPlan.objects.filter(code="P2").exists() is fits
    assert RosterRow.objects.count() == (4 if fits else 2)
    if not fits:
        assert said[0].startswith(
            "监考编排 第 2 行 工号: 该监考教师在 01-06 08:30–10:00 另有监考（东海考点 01考场）"
        )
        assert len(said) == 2


def test_the_same_workbook_again_meets_nobody():
    put()
    assert errors(put()) == []
