"""Review of evidence over the API: by the site's chief, then by the branch; the first verdict of a level holds (C14)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from exam_ops.core import outbox, write_once
from exam_ops.core.access import actor_for
from exam_ops.core.models import Delegation, Event
from exam_ops.rules.post_exam import due_at
from incidents.models import EvidenceDuty, EvidenceReview, Notification
from incidents.services import withdrawals
from tests.incidents.evidence_scenes import owe, send, standing


@pytest.fixture
def picture(world, at):
    """The first candidate of room 301 owes a panorama; the proctor's names them."""
    owe([world.sitting], now=at.now)
    at("T+31m")
    return send(world.room, world.cast.proctor, now=at.now, names=[world.sitting])


@pytest.fixture
def review(api, world, picture):
    def call(verdict="accepted", note="", who=None, of=None, **more):
        url = f"/api/v1/evidence/{(of or picture).pk}/review/"
        body = {"verdict": verdict, "note": note} | more
        return api(who or world.cast.chief, phone=False).post(url, body, format="json")

    return call


def codes(*answers) -> list:
    return [(a.status_code, a.data.get("code", a.data.get("verdict"))) for a in answers]


def test_the_chief_accepts_and_the_same_again_is_the_same_answer(review):
    first, again = review(), review()
    assert codes(first, again) == [(201, "accepted"), (200, "accepted")]
    assert (first.data["level"], first.data == again.data) == ("site", True)
    assert Event.objects.filter(kind="evidence.reviewed").count() == 1


def test_the_second_is_told_who_and_when(review, world, cast, at):
    Delegation.objects.create(
        site=world.site, deputy=cast.second, granted_by=cast.chief, granted_at=at.now, reason="x",
        valid_from=at.now, valid_until=at.now + timedelta(hours=1),
    )  # fmt: skip
    review()
    late = review("doubtful", "看不清", who=cast.second)
    assert codes(late) == [(409, "already_reviewed")]
    assert (late.data["verdict"], late.data["reviewed_by"]) == ("accepted", "chief")
    assert late.data["reviewed_at"].startswith("2025-12-06T01:01")


@pytest.mark.parametrize(
    ("moment", "code"), [("E-1s", "asked_again"), ("E", "evidence_closed"), ("E+1s", "evidence_closed")]
)
def test_another_picture_is_asked_for_while_evidence_is_open(review, world, at, moment, code):
    at(moment)
    answer = review("asked_again", "后排被遮挡")
    assert codes(answer) == [(201 if code == "asked_again" else 403, code)]
    assert standing(world.sitting) == ["open" if code == "asked_again" else "met"]


def test_asked_again_the_duty_says_why_and_the_room_is_told(review, world, cast, at, page):
    review("asked_again", "后排被遮挡")
    assert EvidenceDuty.objects.get(sitting=world.sitting).again == "后排被遮挡"
    assert "后排被遮挡" in page(cast.proctor).get(f"/integrity/records/{world.room.pk}/").content.decode()
    outbox.drain(now=at.now)
    told = Notification.objects.filter(event="evidence.asked_again")
    assert sorted(told.values_list("user__username", flat=True)) == ["proctor", "second", "site_admin"]
    assert "后排被遮挡" in told.first().body["zh"]


def test_a_new_picture_meets_what_was_asked_again(review, world, at):
    review("asked_again", "后排被遮挡")
    newer = send(world.room, world.cast.second, now=at("T+35m"), names=[world.sitting], colour="red")
    duty = EvidenceDuty.objects.get(sitting=world.sitting)
    assert (duty.status, duty.met_by, duty.again) == ("met", newer, "")


def test_another_picture_that_stands_keeps_the_duty_met(review, world, at, picture):
    other = send(world.room, world.cast.second, now=at("T+32m"), names=[world.sitting], colour="red")
    review("asked_again", "后排被遮挡")
    duty = EvidenceDuty.objects.get(sitting=world.sitting)
    assert (duty.status, duty.met_by) == ("met", other)


@pytest.mark.parametrize("verdict", ["asked_again", "doubtful"])
def test_what_is_not_accepted_says_why(review, verdict):
    answer = review(verdict, "  ")
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (422, "note")
    assert not EvidenceReview.objects.exists()


def test_a_change_is_a_new_row_with_its_reason(review, world):
    review("asked_again", "后排被遮挡")
    first = EvidenceReview.objects.get()
    assert codes(review(), review(changes=first.pk)) == [(409, "already_reviewed"), (422, "invalid")]
    changed = review("accepted", "放大后可辨认", changes=first.pk)
    assert codes(changed, review("accepted", "放大后可辨认", changes=first.pk)) == [
        (201, "accepted"),
        (200, "accepted"),
    ]
    assert standing(world.sitting) == ["met"]
    rows = EvidenceReview.objects.values_list("verdict", "is_current", "replaces")
    assert list(rows) == [("asked_again", False, None), ("accepted", True, first.pk)]


def test_what_came_in_time_counts_though_it_was_accepted_after_the_end(review, world, at):
    review("asked_again", "后排被遮挡")
    at("E"), at.fire()
    assert standing(world.sitting) == ["missed"]
    review("accepted", "放大后可辨认", changes=EvidenceReview.objects.get().pk)
    assert standing(world.sitting) == ["met"]


@pytest.mark.parametrize(
    ("late", "code"), [(timedelta(seconds=-1), "chief_first"), (timedelta(0), "accepted")]
)
def test_the_branch_comes_after_the_chief_or_after_the_day(review, world, cast, at, late, code):
    at.now = due_at(world.unit.start) + late
    assert review(who=cast.branch).data.get("code", "accepted") == code


def test_the_branch_overrules_with_a_note_and_then_the_chief_speaks_no_more(review, world, cast):
    review("asked_again", "后排被遮挡")
    mine = EvidenceReview.objects.get().pk
    assert codes(review(who=cast.branch)) == [(422, "invalid")]
    assert codes(review("accepted", "可辨认", who=cast.branch)) == [(201, "accepted")]
    assert standing(world.sitting) == ["met"]
    late = review("doubtful", "仍有疑问", changes=mine)
    assert (codes(late), late.data["reviewed_by"]) == ([(409, "already_reviewed")], "branch")


def test_nobody_reviews_the_own_picture_and_the_chiefs_goes_to_the_branch(review, world, cast, at):
    own = send(world.room, cast.chief, now=at.now, colour="blue")
    assert codes(review(of=own)) == [(403, "not_allowed")]
    assert codes(review(of=own, who=cast.branch)) == [(201, "accepted")]


def test_a_withdrawn_picture_is_reviewed_no_more(review, picture, cast, at):
    sender = actor_for(cast.proctor, now=at.now)
    withdrawals.withdraw(picture, reason="拍错考场", actor=sender, now=at.now)
    assert codes(review()) == [(409, "withdrawn")]


@pytest.mark.parametrize("who", ["site_admin", "hq", "inspector", "proctor"])
def test_others_only_read(review, cast, who):
    assert codes(review(who=getattr(cast, who))) == [(403, "not_allowed")]


@pytest.mark.parametrize("who", ["sibling_chief", "stranger", "other_branch"])
def test_elsewhere_the_picture_does_not_exist(review, cast, who):
    assert review(who=getattr(cast, who)).status_code == 404


def test_the_database_keeps_what_was_said(review):
    review("doubtful", "看不清")
    for change in ({"note": "清楚"}, {"verdict": "accepted"}):
        with pytest.raises(DatabaseError, match=write_once.SAYS), transaction.atomic():
            EvidenceReview.objects.update(**change)
    with pytest.raises(DatabaseError, match=write_once.SAYS), transaction.atomic():
        EvidenceReview.objects.all().delete()
