"""上报事件 by the web: the card at once, places in scope, refusals beside the field, sent twice is once."""

import pytest

from incidents.models import Incident, Report

URL = "/incidents/new/"


@pytest.fixture
def send(page, world, new_id):
    def call(user, **fields):
        body = {"id": new_id(), "plan": "P1", "unit": "U1", "site": "A1", "room": "301", "type": "IDV-05"}
        return page(user).post(URL, body | fields)

    return call


def test_the_card_shows_before_anything_is_sent(page, cast):
    text = page(cast.proctor).get("/incidents/new/card/", {"type": "IDV-05"}).content.decode()
    assert "第一时间联系技术支持" in text
    assert "<form" not in text
    assert not Incident.objects.exists()


def test_ones_own_steps_stand_first(page, cast):
    def first(user):
        return page(user).get(URL, {"type": "IDV-05"}).context["card"]["groups"][0]["label"]

    assert (str(first(cast.chief)), str(first(cast.support))) == ("主考", "技术支持")


def test_a_report_opens_and_leads_to_its_page(send, cast, world):
    answer = send(cast.proctor, note="两台手机无反馈", sittings=[s.pk for s in world.sittings["A1/301"][:2]])
    incident = Incident.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/incidents/{incident.pk}/")
    assert (incident.sittings.count(), incident.reports.get().note) == (2, "两台手机无反馈")


def test_sent_twice_it_is_one_report(send, cast, new_id):
    id = new_id()
    first, again = send(cast.proctor, id=id, note="无反馈"), send(cast.proctor, id=id, note="无反馈")
    assert first.url == again.url
    assert Report.objects.count() == 1


def test_other_content_under_the_same_id_is_refused_with_what_was_typed(send, cast, new_id):
    id = new_id()
    send(cast.proctor, id=id, note="无反馈")
    answer = send(cast.proctor, id=id, note="改过的说明")
    assert answer.status_code == 409
    assert "改过的说明" in answer.content.decode()
    assert Report.objects.count() == 1


def test_without_a_type_the_field_says_so_and_nothing_is_lost(send, cast):
    answer = send(cast.proctor, type="", note="手机黑屏")
    assert answer.status_code == 422
    assert answer.context["form"].errors["type"]
    assert "手机黑屏" in answer.content.decode()
    assert not Incident.objects.exists()


def test_a_proctor_has_the_own_room_only(page, send, cast):
    assert [s.room.room_no for s in page(cast.proctor).get(URL).context["place"].sessions] == ["301"]
    answer = send(cast.next_room)
    assert (answer.status_code, list(answer.context["place_error"])) == (422, ["room"])
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("who", "wrong"), [("sibling_admin", "site"), ("stranger", "site"), ("other_branch", "site")]
)
def test_elsewhere_the_site_cannot_be_chosen(send, cast, who, wrong):
    answer = send(getattr(cast, who))
    assert (answer.status_code, list(answer.context["place_error"])) == (422, [wrong])
    assert not Incident.objects.exists()


@pytest.mark.parametrize("who", ["nobody", "candidate"])
def test_without_a_role_there_is_no_form(page, cast, who):
    assert page(getattr(cast, who)).get(URL).status_code == 403


def test_somebody_of_another_room_cannot_be_named(send, cast, world):
    answer = send(cast.proctor, sittings=[world.sittings["A1/302"][0].pk])
    assert answer.status_code == 422
    assert answer.context["form"].errors["sittings"]


def test_a_declared_major_goes_up_after_t5(send, cast, at):
    at("T-4m")
    send(cast.site_admin, room="", type="NET", declared_major="on", note="全考点断网")
    incident = Incident.objects.get()
    assert (incident.declared_major, incident.level) == (True, "branch")


def test_who_may_not_escalate_is_not_asked(page, cast):
    assert "declared_major" not in page(cast.centre_officer).get(URL).context["form"].fields


def test_the_place_fragment_brings_the_rooms_people(page, cast, world):
    answer = page(cast.site_admin).get("/incidents/new/place/", {"room": "302", "sittings": "1"})
    assert world.sittings["A1/302"][0].candidate.name in answer.content.decode()


def test_without_a_script_a_choice_is_refreshed_and_kept(send, cast):
    answer = send(cast.site_admin, refresh="1", room="302", note="已输入")
    assert (answer.status_code, answer.context["place"].session.room.room_no) == (200, "302")
    assert "已输入" in answer.content.decode()
    assert not Incident.objects.exists()
