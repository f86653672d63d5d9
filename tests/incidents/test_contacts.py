"""Support contacts: headquarters keeps the national ones, a branch its own; every card shows those that fit (D10)."""

import pytest
from django.urls import reverse

from exam_ops.rules.catalogue import INCIDENT_TYPES
from incidents.models import Contact
from incidents.services import contacts


@pytest.fixture
def contact(world, at):
    """`contact("值班热线")`: a national one; `branch=` makes it a branch's own."""

    def make(name, **facts):
        return Contact.objects.create(**{"name": name, "phone": "000-0000", "changed_at": at.now} | facts)

    return make


def said(name="值班热线", **facts):
    return {
        "name": name,
        "phone": "000-0000",
        "for_app": "on",
        "for_client": "on",
        "order": 1,
        "is_active": "on",
    } | facts


def names(code, branch, at) -> list[str]:
    found = contacts.for_card(INCIDENT_TYPES[code], branch, plan_now=at.now)
    return [row.name for row in found.contacts]


def test_headquarters_adds_a_national_one(cast, page):
    page(cast.hq).post(reverse("contact-list"), said())
    row = Contact.objects.get()
    assert (row.branch, row.changed_by, row.for_app) == (None, cast.hq, True)


def test_a_branch_adds_its_own(world, cast, page):
    page(cast.branch).post(reverse("contact-list"), said())
    assert Contact.objects.get().branch == world.branch


def test_a_branch_can_t_add_for_another(cast, page):
    answer = page(cast.branch).post(reverse("contact-list"), said(owner="B"))
    assert answer.status_code == 422
    assert not Contact.objects.exists()


def test_a_branch_sees_and_changes_its_own_alone(world, cast, page, contact):
    national, own = contact("全国热线"), contact("分部热线", branch=world.branch)
    foreign = contact("云岭热线", branch=world.other_branch)
    browser = page(cast.branch)
    text = browser.get(reverse("contact-list")).text
    assert "分部热线" in text
    assert "全国热线" not in text
    assert browser.get(reverse("contact-edit", args=[own.pk])).status_code == 200
    assert browser.get(reverse("contact-edit", args=[foreign.pk])).status_code == 404
    assert browser.post(reverse("contact-edit", args=[national.pk]), said()).status_code in (403, 404)


def test_one_is_changed_and_switched_off(cast, page, contact):
    row = contact("全国热线")
    page(cast.hq).post(reverse("contact-edit", args=[row.pk]), said("新热线", is_active=""))
    row.refresh_from_db()
    assert (row.name, row.is_active) == ("新热线", False)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"phone": " "}, "请至少填写电话、QQ 或其他联系方式中的一项"),
        ({"for_app": "", "for_client": ""}, "至少一项"),
        ({"name": ""}, "请填写姓名或称呼"),
    ],
)
def test_a_refusal_stands_beside_the_field_and_keeps_what_was_typed(facts, sentence, cast, page):
    answer = page(cast.hq).post(reverse("contact-list"), said(duty="看得见的说明") | facts)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "看得见的说明" in answer.text
    assert not Contact.objects.exists()


def test_app_and_client_types_have_their_own(at, contact):
    contact("App", for_client=False), contact("客户端", for_app=False)
    assert names("IDV-03", None, at) == ["App"]
    assert names("CLI-02", None, at) == ["客户端"]
    assert names("NET", None, at) == ["App", "客户端"]


def test_the_own_branch_comes_first_then_by_order(world, at, contact):
    contact("全国二", order=2), contact("全国一", order=1)
    contact("分部", order=9, branch=world.branch), contact("云岭", branch=world.other_branch)
    assert names("IDV-03", world.branch, at) == ["分部", "全国一", "全国二"]


def test_one_switched_off_is_not_shown(at, contact):
    contact("停用", is_active=False)
    assert names("IDV-03", None, at) == []


def test_a_card_names_who_is_on_duty_at_the_desks(world, cast, at, contact, shift):
    found = contacts.for_card(INCIDENT_TYPES["IDV-03"], world.branch, plan_now=at.now)
    assert [(desk.branch, desk.names) for desk in found.on_duty] == [(None, ["support"])]
    shift(cast.support, "T-2h", "T-1h", level="support", site=None)
    assert contacts.for_card(INCIDENT_TYPES["IDV-03"], world.branch, plan_now=at.now).on_duty == []


def test_the_incident_page_shows_them(world, cast, page, opened, contact):
    contact("分部热线", branch=world.branch, phone="000-0001")
    text = (
        page(cast.proctor)
        .get(reverse("incident-detail", args=[opened("IDV-05", session=world.room).pk]))
        .text
    )
    assert "分部热线" in text
    assert "tel:000-0001" in text


def test_the_card_shows_them_before_anything_is_reported(world, cast, page, contact):
    contact("分部热线", branch=world.branch)
    answer = page(cast.proctor).get(reverse("incident-card"), {"type": "IDV-05"})
    assert "分部热线" in answer.text


def test_the_api_tells_them_beside_the_card(world, cast, api, contact, new_id):
    contact("全国热线", duty="App 登录", qq="000000")
    body = {
        "id": new_id(),
        "type": "IDV-05",
        "occurred_at": "2025-12-06T08:10:00+08:00",
        "room_session": world.room.pk,
    }
    told = api(cast.proctor).post("/api/v1/incidents/", body, format="json").json()
    expected = {"name": "全国热线", "duty": "App 登录", "phone": "000-0000", "qq": "000000", "other": ""}
    assert told["contacts"] == [expected]


def test_a_list_of_incidents_reads_them_once(
    world, cast, api, opened, contact, django_assert_max_num_queries
):
    contact("全国热线")
    for code in ("IDV-03", "IDV-05", "IDV-07", "NET"):
        opened(code)
    caller = api(cast.site_admin)
    with django_assert_max_num_queries(9):
        assert len(caller.get("/api/v1/incidents/").json()["results"]) == 4
