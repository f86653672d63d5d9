"""One incident's page: card and ticks, ladder, timeline, and the acts with their refusals beside the form."""

import pytest

from exam_ops.core import outbox
from incidents.models import CardTick, Incident
from incidents.services import acts


@pytest.fixture
def incident(opened, world):
    return opened("IDV-05", world.room, world.sittings["A1/301"][:2], note="无反馈")


@pytest.fixture
def act(page, incident):
    def call(user, name, **fields):
        body = {f"{name}-{key}": value for key, value in fields.items()} if name != "tick" else fields
        return page(user).post(f"/incidents/{incident.pk}/{name}/", body)

    return call


def whys(answer):
    return {act["key"]: bool(act["why"]) for act in answer.context["acts"]}


def test_the_page_shows_headline_clock_card_people_and_timeline(page, cast, incident, at):
    outbox.drain(now=at.now)
    text = page(cast.proctor).get(f"/incidents/{incident.pk}/").content.decode()
    for words in (
        incident.number,
        "data-examclock",
        "处置卡",
        "我的步骤",
        "确认时限",
        "chief",
        "上报并建立事件",
        "无反馈",
    ):
        assert words in text


@pytest.mark.parametrize("who", ["sibling_chief", "stranger", "other_branch", "nobody", "candidate"])
@pytest.mark.parametrize("part", ["", "live/"])
def test_elsewhere_it_does_not_exist(page, cast, incident, who, part):
    status = page(getattr(cast, who)).get(f"/incidents/{incident.pk}/{part}").status_code
    assert status == (403 if who in ("nobody", "candidate") else 404)


@pytest.mark.parametrize("name", ["acknowledge", "escalate", "declare", "resolve", "tick"])
@pytest.mark.parametrize("who", ["sibling_chief", "stranger", "other_branch"])
def test_elsewhere_nothing_can_be_done(act, cast, incident, who, name):
    assert act(getattr(cast, who), name, note="x", step="restart").status_code == 404
    assert Incident.objects.get().status == "open"


def test_what_one_may_not_do_is_shown_with_the_reason(page, cast, incident):
    assert whys(page(cast.proctor).get(f"/incidents/{incident.pk}/")) == {
        "acknowledge": True, "escalate": False, "declare": False, "resolve": True,
    }  # fmt: skip
    assert not any(whys(page(cast.chief).get(f"/incidents/{incident.pk}/")).values())


@pytest.mark.parametrize("name", ["acknowledge", "resolve"])
def test_a_proctor_is_refused_by_the_server_too(act, cast, name):
    assert act(cast.proctor, name, note="x").status_code == 403


def test_acknowledged_it_says_who(act, page, cast, incident):
    assert act(cast.chief, "acknowledge", note="我来").status_code == 302
    answer = act(cast.site_admin, "acknowledge", note="我也来")
    assert answer.status_code == 409
    assert "chief 已确认处理" in answer.content.decode()
    assert "我也来" in answer.content.decode()


def test_a_tick_says_who_and_when_once(act, page, cast, incident):
    assert act(cast.proctor, "tick", step="call_support").status_code == 302
    act(cast.chief, "tick", step="call_support")
    assert CardTick.objects.get().by == cast.proctor
    assert "已完成 · proctor" in page(cast.chief).get(f"/incidents/{incident.pk}/").content.decode()


def test_an_unknown_step_is_refused(act, cast):
    assert act(cast.proctor, "tick", step="nothing").status_code == 422


def test_the_short_form_becomes_one_note(act, page, cast, incident):
    form = next(
        a["form"]
        for a in page(cast.proctor).get(f"/incidents/{incident.pk}/").context["acts"]
        if a["key"] == "escalate"
    )
    assert form["place"].value() == "城东考点 · 301 · 第1单元"
    fields = {
        "place": "城东考点 301",
        "what": "两台手机无反馈",
        "how_many": 28,
        "done": "重启",
        "help": "技术支持",
    }
    assert act(cast.proctor, "escalate", **fields).status_code == 302
    note = incident.entries.get(kind="escalated").note
    assert note.split("\n") == [
        "地点：城东考点 301", "情况：两台手机无反馈", "涉及人数：28", "已采取的措施：重启", "需要的支援：技术支持",
    ]  # fmt: skip
    act(cast.proctor, "escalate", **fields)
    assert (Incident.objects.get().level, incident.entries.filter(kind="escalated").count()) == ("branch", 1)


def test_the_short_form_names_what_is_missing_and_keeps_the_rest(act, cast):
    answer = act(cast.proctor, "escalate", place="城东考点", what="", how_many="-1", done="已重启两次")
    form = next(a["form"] for a in answer.context["acts"] if a["key"] == "escalate")
    assert (answer.status_code, set(form.errors)) == (422, {"what", "how_many"})
    assert "已重启两次" in answer.content.decode()


def test_at_headquarters_there_is_no_further_step(act, page, cast, incident):
    Incident.objects.update(level="hq")
    answer = act(cast.chief, "escalate", place="x", what="y", how_many=1)
    assert answer.status_code == 409
    assert "已上报总部" in answer.content.decode()


def test_resolving_needs_cause_and_effect_beside_their_fields(act, cast):
    answer = act(cast.chief, "resolve", cause="手机系统过旧", effect=" ")
    form = next(a["form"] for a in answer.context["acts"] if a["key"] == "resolve")
    assert (answer.status_code, list(form.errors)) == (422, ["effect"])
    assert "手机系统过旧" in answer.content.decode()
    assert Incident.objects.get().status == "open"


def test_resolved_it_takes_no_more_acts(act, page, cast, incident):
    assert act(cast.chief, "resolve", cause="手机", effect="无影响").status_code == 302
    answer = page(cast.chief).get(f"/incidents/{incident.pk}/")
    assert all(whys(answer).values())
    assert "手机" in answer.content.decode()


def test_a_declared_major_says_so(act, page, cast, incident):
    assert act(cast.chief, "declare", note="").status_code == 422
    assert act(cast.chief, "declare", note="两间机房").status_code == 302
    assert whys(page(cast.chief).get(f"/incidents/{incident.pk}/"))["declare"]


def test_the_live_part_changes_with_every_act(page, cast, incident, at):
    client, url = page(cast.chief), f"/incidents/{incident.pk}/live/"
    tag = client.get(url)["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    acts.acknowledge(incident, actor=cast.chief, now=at.now)
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_a_tick_by_htmx_brings_the_live_part(page, cast, incident):
    answer = page(cast.proctor).post(
        f"/incidents/{incident.pk}/tick/", {"step": "call_support"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert 'id="incident-live"' in answer.content.decode()
