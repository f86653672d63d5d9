"""总部指令 on pages: typed words stay, the preview comes first, refusals stand beside the form (A4)."""

import pytest

from incidents.models import Decision
from tests.conftest import moment
from tests.incidents.test_decisions import decide, delay, grave, set_policy
from tests.incidents.test_decisions_broadcast import sent

pytestmark = pytest.mark.django_db
URL = "/decisions/new/"


@pytest.fixture
def form(page, world, new_id):
    """Posts the form of a new decision as somebody of headquarters."""
    id = new_id()

    def send(user=None, **fields):
        body = {
            "id": id,
            "plan": "P1",
            "kind": "extend",
            "units": [world.unit.pk],
            "sites": "A1",
            "minutes": "10",
            "reason": "平台故障",
        }
        return page(user or world.cast.hq).post(URL, body | fields)

    return send


def text(answer) -> str:
    return answer.content.decode()


class TestProposing:
    def test_the_preview_comes_first_and_writes_nothing(self, form, at):
        answer = form(preview="1")
        assert answer.status_code == 200
        assert answer.context["moving"] == 1
        assert "12-06 08:30–10:10" in text(answer)
        assert not Decision.objects.exists()

    def test_confirming_without_the_preview_shows_it(self, form, at):
        assert "确认下发" in text(form(confirm="1"))
        assert not Decision.objects.exists()

    def test_it_goes_out_after_the_preview(self, form, at):
        seen = form(preview="1").context["looked_at"]
        answer = form(confirm="1", looked_at=seen)
        decision = Decision.objects.get()
        assert (answer.status_code, answer.url) == (302, f"/decisions/{decision.pk}/")
        assert (decision.status, decision.minutes) == ("effective", 10)

    def test_sent_twice_it_is_one_decision(self, form, at, world):
        seen = form(preview="1").context["looked_at"]
        first, again = form(confirm="1", looked_at=seen), form(confirm="1", looked_at=seen)
        assert first.url == again.url
        world.site_unit.refresh_from_db()
        assert world.site_unit.ends_at == moment("E+10m")

    def test_other_words_than_previewed_are_shown_first(self, form, at):
        seen = form(preview="1").context["looked_at"]
        answer = form(confirm="1", looked_at=seen, minutes="20")
        assert "请再核对一次" in text(answer)
        assert not Decision.objects.exists()

    @pytest.mark.parametrize(
        ("when", "fields", "said"),
        [
            ("T+20m", {"kind": "delay"}, "不能把开考改到过去"),
            ("E", {}, "试卷已收"),
            ("T", {"minutes": "241"}, "请填写 1 到 240 分钟"),
            ("T", {"sites": "A1 ZZ9"}, "没有这些考点：ZZ9"),
            ("T", {"kind": "move", "new_start": "9999-12-31T23:59"}, "请填写日期和时间"),
            ("T", {"kind": "move"}, "请填写新的开考时间或新地址"),
            ("T", {"kind": "reopen_evidence", "evidence_until": "2025-12-06T12:00"}, "未开放重开应急材料"),
        ],
    )
    def test_a_refusal_says_why_and_nothing_is_lost(self, form, at, when, fields, said):
        at(when)
        answer = form(preview="1", **fields)
        assert answer.status_code in (409, 422)
        assert said in text(answer)
        assert "平台故障" in text(answer)
        assert not Decision.objects.exists()

    def test_an_incident_brings_its_place_along(self, page, world, at):
        incident = grave(world, at)
        answer = page(world.cast.hq).get(URL, {"incident": incident.pk})
        assert answer.context["form"].initial["sites"] == "A1"
        assert f'name="incident" value="{incident.pk}"' in text(answer)

    def test_only_headquarters_make_one(self, page, world, at):
        assert page(world.cast.branch).get(URL).status_code == 403


class TestOneDecision:
    def test_the_second_person_confirms_on_its_page(self, page, world, at):
        set_policy(world, hq_confirms=True)
        decision = decide(world, delay(), at)
        second = page(world.cast.hq2)
        assert {a["key"] for a in second.get(f"/decisions/{decision.pk}/").context["acts"]} == {
            "confirm",
            "refuse",
        }
        answer = second.post(f"/decisions/{decision.pk}/confirm/", {"confirm-note": "同意"})
        assert answer.status_code == 302
        decision.refresh_from_db()
        assert (decision.status, decision.settled_note) == ("effective", "同意")

    def test_who_proposed_it_is_offered_the_withdrawal_alone(self, page, world, at):
        set_policy(world, hq_confirms=True)
        decision = decide(world, delay(), at)
        own = page(world.cast.hq)
        assert [a["key"] for a in own.get(f"/decisions/{decision.pk}/").context["acts"]] == ["withdraw"]
        assert own.post(f"/decisions/{decision.pk}/confirm/", {"confirm-note": "x"}).status_code == 403

    def test_a_refusal_without_a_word_is_sent_back(self, page, world, at):
        set_policy(world, hq_confirms=True)
        decision = decide(world, delay(), at)
        answer = page(world.cast.hq2).post(f"/decisions/{decision.pk}/refuse/", {"refuse-note": ""})
        assert answer.status_code == 422
        assert "请说明驳回的理由" in text(answer)

    def test_what_waits_is_headquarters_own(self, page, world, at):
        set_policy(world, hq_confirms=True)
        decision = decide(world, delay(), at)
        assert page(world.cast.chief).get(f"/decisions/{decision.pk}/").status_code == 404
        assert page(world.cast.chief).get("/decisions/").context["lines"] == []

    def test_a_site_sees_its_own_part(self, page, world, at):
        decision = sent(world, at, world.site, world.foreign)
        answer = page(world.cast.chief).get(f"/decisions/{decision.pk}/")
        assert [row["site"].code for row in answer.context["targets"]] == ["A1"]
        assert [b.place.code for b in answer.context["receipts"].branches] == ["A"]

    def test_the_live_part_costs_nothing_when_nothing_changed(self, page, world, at):
        decision = sent(world, at)
        hq = page(world.cast.hq)
        first = hq.get(f"/decisions/{decision.pk}/live/")
        again = hq.get(f"/decisions/{decision.pk}/live/", headers={"If-None-Match": first["ETag"]})
        assert (first.status_code, again.status_code) == (200, 304)


class TestTheBanner:
    def test_it_stands_on_every_page_until_it_is_read(self, page, world, at):
        decision = sent(world, at)
        chief = page(world.cast.chief)
        assert "结束延长 10 分钟" in text(chief.get("/sites/"))
        assert chief.post(f"/decisions/{decision.pk}/read/", {"next": "/sites/"}).url == "/sites/"
        assert "结束延长 10 分钟" not in text(chief.get("/sites/"))

    def test_looking_at_the_decision_is_reading_it(self, page, world, at):
        decision = sent(world, at)
        chief = page(world.cast.chief)
        chief.get(f"/decisions/{decision.pk}/")
        assert "dec-banner" not in text(chief.get("/sites/"))

    def test_it_leads_nowhere_else(self, page, world, at):
        decision = sent(world, at)
        answer = page(world.cast.chief).post(
            f"/decisions/{decision.pk}/read/", {"next": "https://example.org/"}
        )
        assert answer.url == f"/decisions/{decision.pk}/"


def test_a_reminder_goes_to_those_who_have_not_read(page, world, at):
    decision = sent(world, at)
    answer = page(world.cast.hq).post(f"/decisions/{decision.pk}/remind/", follow=True)
    assert "已再次提醒" in text(answer)
