"""Until when a picture may be asked for again, when the branch's turn has come, which verdicts say why (C14)."""

from datetime import datetime, timedelta

import pytest

from exam_ops.rules.evidence_review import Verdict, branch_may_speak, may_ask_again, needs_note
from exam_ops.rules.moments import BEIJING
from tests.world import E, T

SECOND = timedelta(seconds=1)
MIDNIGHT = datetime(2025, 12, 7, tzinfo=BEIJING)


@pytest.mark.parametrize(("now", "may"), [(E - SECOND, True), (E, False), (E + SECOND, False)])
def test_another_picture_is_asked_for_while_evidence_is_open(now, may):
    assert may_ask_again(now=now, closes=E) is may


@pytest.mark.parametrize(
    ("now", "may"), [(MIDNIGHT - SECOND, False), (MIDNIGHT, True), (MIDNIGHT + SECOND, True)]
)
def test_what_the_chief_left_all_day_is_the_branchs(now, may):
    assert branch_may_speak(site_spoke=False, is_chiefs_own=False, start=T, now=now) is may


@pytest.mark.parametrize(
    ("spoke", "own", "may"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_the_branch_comes_after_the_chief_or_where_the_picture_is_theirs(spoke, own, may):
    assert branch_may_speak(site_spoke=spoke, is_chiefs_own=own, start=T, now=T) is may


@pytest.mark.parametrize(
    ("verdict", "more", "needed"),
    [
        (Verdict.ACCEPTED, {}, False),
        (Verdict.ASKED_AGAIN, {}, True),
        (Verdict.DOUBTFUL, {}, True),
        (Verdict.ACCEPTED, {"is_change": True}, True),
        (Verdict.ACCEPTED, {"overruled": Verdict.ACCEPTED}, False),
        (Verdict.ACCEPTED, {"overruled": Verdict.DOUBTFUL}, True),
        (Verdict.ACCEPTED, {"without_picture": True}, True),
    ],
)
def test_all_but_a_plain_acceptance_says_why(verdict, more, needed):
    assert needs_note(verdict, **more) is needed
