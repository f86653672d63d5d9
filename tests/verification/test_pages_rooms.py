"""The pages for a whole room: what is asked for it, the chief's one decision, and the facts beside the card (C5, C7)."""

import pytest

from exam_ops.core.locks import Lock
from incidents.models import Entry, Incident
from tests.journeys.voices import log_in, report, text
from tests.verification.helpers import check, send, status_of
from verification.models import EntryRequest


@pytest.fixture
def people(world):
    return world.sittings["A1/301"]


def keys(people) -> list[int]:
    return [p.pk for p in people]


def test_the_administrator_asks_for_the_room_and_the_chief_decides_it(world, page, api, cast, people):
    report(api(cast.site_admin, phone=False), "IDV-05", room=world.room)
    send(api(cast.second), check(people[0]))
    form = page(cast.site_admin).get(f"/sign-ins/rooms/{world.room.pk}/requests/")
    assert "可提交 5 名 跳过 1 名" in text(form)
    assert form.context["form"]["reason"].value() == "no_response"
    sent = {"reason": "no_response", "documents_checked": "on", "note": "已核对", "sittings": keys(people)}
    answer = page(cast.site_admin).post(f"/sign-ins/rooms/{world.room.pk}/requests/", sent, follow=True)
    assert "已提交 5 名，跳过 1 名：考生已可入场 1" in text(answer)

    chief = page(cast.chief)
    shown = text(chief.get(f"/sign-ins/rooms/{world.room.pk}/decision/"))
    assert "可决定 5 名 跳过 1 名" in shown
    assert "site_admin 提交" in shown
    sent = {"outcome": "approved", "documents_checked": "on", "note": "", "sittings": keys(people[1:])}
    answer = chief.post(f"/sign-ins/rooms/{world.room.pk}/decision/", sent, follow=True)
    assert "已批准 5 名" in text(answer)
    assert {status_of(p) for p in people[1:]} == {"approved"}


def test_what_was_filled_in_stays_when_it_is_sent_back(world, page, api, cast, people):
    report(api(cast.site_admin, phone=False), "IDV-03", room=world.room)
    address = f"/sign-ins/rooms/{world.room.pk}/decision/"
    sent = {"outcome": "approved", "note": "我写的", "sittings": keys(people[:2])}
    answer = page(cast.chief).post(address, sent)
    assert answer.status_code == 422
    assert "请核对后勾选" in text(answer)
    assert "我写的" in answer.content.decode()
    assert answer.content.decode().count(" data-select checked") == 2
    assert page(cast.chief).post(address, sent | {"outcome": "rejected", "note": ""}).status_code == 422
    assert not EntryRequest.objects.exists()


def test_the_page_says_why_nothing_can_be_decided(world, page, cast):
    shown = text(page(cast.chief).get(f"/sign-ins/rooms/{world.room.pk}/decision/"))
    assert "没有未办结的核验受阻事件" in shown


def test_the_facts_stand_beside_the_card_and_stay_on_the_timeline(world, page, api, cast, at):
    log_in(api(), cast.proctor, app_version="3.9.0", device_id="old-phone")
    report(api(cast.site_admin, phone=False), "IDV-03", room=world.room)
    incident = Incident.objects.get()
    shown = page(cast.chief).get(f"/incidents/{incident.pk}/")
    panel = f"/sign-ins/rooms/{world.room.pk}/triage/"
    assert panel in shown.content.decode()
    facts = text(page(cast.chief).get(panel))
    assert "App 须更新" in facts
    assert "App 3.9.0" in facts
    assert "没有手机登录记录" in facts
    assert "考场统一决定" in facts
    line = Entry.objects.get(incident=incident, kind="phone_facts")
    assert line.data["facts"][str(cast.proctor.pk)]["problems"] == ["app_too_old"]
    assert "App 须更新" in text(shown)


def test_facts_are_attached_once_a_room(world, api, cast):
    for who in (cast.site_admin, cast.chief):
        report(api(who, phone=False), "IDV-05", room=world.room)
    assert Entry.objects.filter(kind="phone_facts").count() == 1


def test_a_locked_account_shows_the_way_to_unlock_it(world, page, api, cast, monkeypatch, at):
    lock = Lock(("device:phone-1",), at("T+10m"))
    at("T-20m")
    monkeypatch.setattr("verification.selectors.phones.locks", lambda names, now: {"proctor": lock})
    panel = f"/sign-ins/rooms/{world.room.pk}/triage/"
    assert "账号已锁定 08:40" in text(page(cast.site_admin).get(panel))
    assert "/accounts/?q=proctor" in page(cast.site_admin).get(panel).content.decode()
    assert "请考点管理员或技术支持解锁" in text(page(cast.chief).get(panel))


def test_another_room_s_proctor_does_not_see_the_facts(world, page, cast):
    answer = page(cast.next_room).get(f"/sign-ins/rooms/{world.room.pk}/triage/")
    assert answer.status_code == 403


def test_a_proctor_asks_for_the_room_from_the_own_page(world, page, cast, people):
    proctor, address = page(cast.proctor), f"/sign-ins/rooms/{world.room.pk}/requests/"
    assert address in proctor.get(f"/m/room/{world.room.pk}/").content.decode()
    sent = {"reason": "no_response", "documents_checked": "on", "note": "", "sittings": keys(people)}
    answer = proctor.post(address, sent)
    assert (answer.status_code, answer["Location"]) == (302, f"/m/room/{world.room.pk}/")
    assert {status_of(p) for p in people} == {"pending"}
