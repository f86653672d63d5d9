"""Reporting incidents: cards, joining, grades, scope."""

import pytest

from exam_ops.core import outbox
from incidents.models import Incident, Notification


@pytest.fixture
def report(api, world, new_id):
    def send(user, type="IDV-05", sittings=(), **extra):
        body = {
            "id": new_id(),
            "type": type,
            "occurred_at": "2025-12-06T08:12:00+08:00",
            "note": "扫描无反馈",
        }
        body |= {"room_session": world.room.pk, "sittings": [s.pk for s in sittings]} | extra
        return api(user).post("/api/v1/incidents/", body)

    return send


def test_a_report_shows_the_card_at_once(report, cast):
    answer = report(cast.proctor)
    assert answer.status_code == 201
    assert answer.data["number"].startswith("251206-")
    assert "proctor" in {step["role"] for step in answer.data["action_card"]}
    assert answer.headers["Exam-Time"]


def test_a_second_report_joins(report, cast):
    first, second = report(cast.proctor), report(cast.second)
    assert second.data["number"] == first.data["number"]
    assert Incident.objects.get().reports.count() == 2


def test_the_same_report_again_is_the_same_answer(report, cast, new_id):
    id = new_id()
    first, again = report(cast.proctor, id=id), report(cast.proctor, id=id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.data == first.data


def test_other_content_under_the_same_id_is_refused(report, cast, new_id):
    id = new_id()
    report(cast.proctor, id=id)
    assert report(cast.proctor, id=id, note="别的").data["code"] == "id_reused"


def test_five_people_are_grade_three(report, cast, world):
    answer = report(cast.proctor, "IDV-02", world.sittings["A1/301"][:5])
    assert answer.data["grade"] == 3


def test_another_room_is_not_the_proctors(report, cast):
    answer = report(cast.next_room)
    assert (answer.status_code, answer.data["code"], answer.data["missing"]) == (403, "out_of_scope", "room")


@pytest.mark.parametrize("who", ["sibling_chief", "stranger", "nobody"])
def test_elsewhere_the_room_does_not_exist(report, cast, who):
    assert report(getattr(cast, who)).status_code in (403, 404)
    assert not Incident.objects.exists()


def test_somebody_from_another_site_cannot_be_named(report, cast, world):
    answer = report(cast.proctor, sittings=world.sittings["A2/101"][:1])
    assert answer.data["errors"][0]["code"] == "unknown_sitting"


def test_a_site_report_names_site_and_unit(report, cast):
    answer = report(cast.site_admin, "NET", room_session=None, site="A1", unit="U1")
    assert answer.status_code == 201


def test_the_site_is_told(report, cast, at):
    report(cast.proctor)
    outbox.drain(now=at.now)
    assert set(Notification.objects.values_list("user__username", flat=True)) == {"site_admin", "chief"}
