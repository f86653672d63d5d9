"""A picture is withdrawn while evidence is open; it stays to be seen and meets nothing any more (C14)."""

import json

import pytest
from django.db import DatabaseError, transaction

from exam_ops.core import drill, write_once
from exam_ops.core.models import Event, OutboxMessage
from incidents.models import Evidence, EvidenceDuty, EvidenceMark
from incidents.services import duties
from tests import pictures


@pytest.fixture
def owed(world, at):
    duties.open_for(
        [world.sitting], cause="C3", room_session=world.room, incident=None, actor=None, now=at.now
    )
    return world.sitting


@pytest.fixture
def sent(api, world, at, new_id):
    """`sent()` is the key of a picture that the room's proctor has sent and that names the first candidate."""
    at("T+31m")

    def call(colour: str = "grey") -> str:
        body = {
            "id": new_id(),
            "room_session": world.room.pk,
            "reason": "已人工核对证件",
            "captured_at": "2025-12-06T09:01:00+08:00",
            "marks": json.dumps([{"sitting": world.sitting.pk, "x": 0.4, "y": 0.5}]),
            "photo": pictures.upload(pictures.jpeg(colour=colour)),
        }
        answer = api(world.cast.proctor).post("/api/v1/evidence/", body, format="multipart")
        assert answer.status_code == 201, answer.data
        return answer.data["id"]

    return call


@pytest.fixture
def withdraw(api, cast):
    def call(id: str, who=None, reason: str = "拍错了考场"):
        return api(who or cast.proctor).post(f"/api/v1/evidence/{id}/withdrawal/", {"reason": reason})

    return call


def status(sitting) -> str:
    return EvidenceDuty.objects.get(sitting=sitting).status


def test_a_withdrawn_picture_stays_and_its_duty_is_owed_again(sent, withdraw, owed, world, page):
    id = sent()
    assert status(owed) == "met"
    answer = withdraw(id)
    assert (answer.status_code, answer.data["reason"], answer.data["version"]) == (201, "拍错了考场", 1)
    assert status(owed) == "open"
    assert Event.objects.get(kind="evidence.withdrawn").data["reason"] == "拍错了考场"
    told = OutboxMessage.objects.get(key=f"evidence-withdrawn:{id}").payload
    assert world.cast.site_admin.pk in told["users"]
    assert world.cast.proctor.pk not in told["users"]  # who withdrew it knows
    shown = page(world.cast.chief).get(f"/integrity/records/{world.room.pk}/").content.decode()
    assert "拍错了考场" in shown
    assert "已撤回" in shown


def test_the_next_picture_is_the_next_version_and_both_are_kept(sent, withdraw, owed, world):
    first, second = sent(), sent("red")
    withdraw(first)
    versions = [(row.version, row.withdrawn_at is None) for row in Evidence.objects.order_by("version")]
    assert versions == [(1, False), (2, True)]
    assert status(owed) == "met"  # the second still names the candidate
    withdraw(second)
    assert status(owed) == "open"


@pytest.mark.parametrize("who", ["chief", "site_admin"])
def test_the_heads_of_the_site_may(sent, withdraw, cast, who):
    assert withdraw(sent(), getattr(cast, who)).status_code == 201


def test_another_proctor_of_the_room_may_not(sent, withdraw, cast):
    answer = withdraw(sent(), cast.second)
    assert (answer.status_code, answer.data["code"]) == (403, "not_allowed")


def test_the_same_person_again_is_the_same_answer_and_another_is_told_who(sent, withdraw, cast, at):
    id = sent()
    first = withdraw(id)
    at("E+1m")
    again = withdraw(id)
    assert (again.status_code, again.data) == (200, first.data)
    other = withdraw(id, cast.chief)
    assert (other.status_code, other.data["code"]) == (409, "already_withdrawn")
    assert other.data["withdrawn_by"] == cast.proctor.name


@pytest.mark.parametrize(("moment", "expected"), [("E-1s", 201), ("E", 403), ("E+1s", 403)])
def test_to_the_second(sent, withdraw, at, owed, moment, expected):
    id = sent()
    at(moment)
    assert withdraw(id).status_code == expected
    assert status(owed) == ("open" if expected == 201 else "met")


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501])
def test_it_says_why(sent, withdraw, reason):
    answer = withdraw(sent(), reason=reason)
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (422, "reason")
    assert not Evidence.objects.exclude(withdrawn_at=None).exists()


def test_the_page_asks_why_and_keeps_what_was_typed(sent, page, cast):
    id, browser = sent(), page(cast.chief)
    address = f"/integrity/evidence/{id}/withdrawal/"
    assert browser.get(address).status_code == 200
    refused = browser.post(address, {"reason": "长" * 501})
    assert (refused.status_code, "长" * 501 in refused.content.decode()) == (422, True)
    assert browser.post(address, {"reason": "拍错了"}).status_code == 302
    assert browser.get(address).status_code == 403  # nothing is left to withdraw


@pytest.mark.parametrize(
    "change",
    [
        lambda row: Evidence.objects.filter(pk=row.pk).update(sha256="0" * 64),
        lambda row: Evidence.objects.filter(pk=row.pk).update(reason="nothing of the kind"),
        lambda row: Evidence.objects.filter(pk=row.pk).delete(),
        lambda row: EvidenceMark.objects.filter(evidence=row).update(x=0.9),
        lambda row: EvidenceMark.objects.filter(evidence=row).delete(),
    ],
    ids=["other bytes", "another reason", "no row", "another place", "no mark"],
)
def test_the_database_itself_keeps_what_was_written(sent, change):
    row = Evidence.objects.get(pk=sent())
    with pytest.raises(DatabaseError, match=write_once.SAYS), transaction.atomic():
        change(row)
    assert Evidence.objects.get(pk=row.pk).marks.count() == 1


def test_a_withdrawal_is_written_once_too(sent, withdraw):
    id = sent()
    withdraw(id)
    with pytest.raises(DatabaseError, match=write_once.SAYS), transaction.atomic():
        Evidence.objects.filter(pk=id).update(withdrawn_at=None, withdrawn_by=None, withdrawal_reason="")


def test_a_drill_begins_anew_without_its_pictures(drill_world, api, at, new_id):
    world = drill_world
    at("T+31m")
    body = {"id": new_id(), "room_session": world.room.pk, "reason": "x", "photo": pictures.upload(),
            "captured_at": world.plan.plan_time(at.now).isoformat(), "lateness_reason": "x"}  # fmt: skip
    assert api(world.cast.proctor).post("/api/v1/evidence/", body, format="multipart").status_code == 201
    drill.reset(world.plan, to=world.plan.plan_time(at.now), now=at.now, actor=None)
    assert not Evidence.objects.exists()
