"""Two reviewers at the same moment, and a picture that comes while another falls, on real connections (C14)."""

from datetime import timedelta

import pytest

from exam_ops.core.models import Delegation
from incidents.models import EvidenceDuty, EvidenceReview
from tests.incidents.evidence_scenes import owe, send
from tests.races import at_once

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def picture(world, at):
    owe([world.sitting], now=at.now)
    at("T+31m")
    return send(world.room, world.cast.proctor, now=at.now, names=[world.sitting])


@pytest.fixture
def review(api, picture):
    def call(user, verdict):
        url = f"/api/v1/evidence/{picture.pk}/review/"
        return api(user, phone=False).post(url, {"verdict": verdict, "note": "x"}, format="json")

    return call


def test_of_two_at_once_one_is_told_who_was_first(world, cast, at, review, picture):
    Delegation.objects.create(
        site=world.site, deputy=cast.second, granted_by=cast.chief, granted_at=at.now, reason="x",
        valid_from=at.now, valid_until=at.now + timedelta(hours=1),
    )  # fmt: skip
    answers = at_once(
        lambda: review(cast.chief, "accepted"),
        lambda: review(cast.second, "asked_again"),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    kept = EvidenceReview.objects.get()
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert (loser.data["verdict"], loser.data["reviewed_by"]) == (kept.verdict, kept.by.name)
    assert EvidenceDuty.objects.get().status == ("met" if kept.verdict == "accepted" else "open")


def test_a_picture_that_comes_while_another_falls_meets_the_duty(world, cast, at, review, picture):
    answers = at_once(
        lambda: review(cast.chief, "asked_again"),
        lambda: send(world.room, cast.second, now=at.now, names=[world.sitting], colour="red"),
    )
    assert answers[0].status_code == 201
    duty = EvidenceDuty.objects.get()
    assert (duty.status, duty.met_by) == ("met", answers[1])
