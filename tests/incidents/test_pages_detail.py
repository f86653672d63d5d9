"""One incident's page: card and ticks, ladder, timeline, and the acts with their refusals beside the form."""

from datetime import timedelta

import pytest

from exam_ops.core import outbox
from exam_ops.core.models import User
from incidents.models import CardTick, Delivery, Incident
from incidents.services import acts


@pytest.fixture
def incident(opened, world):
    return opened("IDV-05", world.room, world.sittings["A1/301"][:1], note="无反馈")


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


@pytest.mark.parametrize(
    "name",
    [
        "acknowledge",
        "update",
        "hand-over",
        "escalate",
        "declare",
        "regrade",
        "resolve",
        "reopen",
        "strike",
        "tick",
    ],
)
@pytest.mark.parametrize("who", ["sibling_chief", "stranger", "other_branch"])
def test_elsewhere_nothing_can_be_done(act, cast, incident, who, name):
    assert act(getattr(cast, who), name, note="x", step="restart").status_code == 404
    assert Incident.objects.get().status == "open"


def test_what_one_may_not_do_is_shown_with_the_reason(page, cast, incident):
    assert whys(page(cast.proctor).get(f"/incidents/{incident.pk}/")) == {
        "acknowledge": True, "update": False, "hand-over": True, "escalate": False, "declare": False,
        "regrade": True, "resolve": True, "strike": True,
    }  # fmt: skip
    assert not any(whys(page(cast.chief).get(f"/incidents/{incident.pk}/")).values())


def test_a_level_below_is_told_who_closes(act, page, cast, incident):
    Incident.objects.update(grade=3)
    offered = {a["key"]: a for a in page(cast.chief).get(f"/incidents/{incident.pk}/").context["acts"]}
    assert "分部或总部办结" in str(offered["resolve"]["why"])
    answer = act(cast.chief, "resolve", cause="手机", effect="无影响")
    assert answer.status_code == 403
    assert "无影响" in answer.text  # what was typed stays
    assert not whys(page(cast.branch_duty).get(f"/incidents/{incident.pk}/"))["resolve"]


def test_a_report_upwards_is_told_and_stands_in_the_timeline(act, page, cast, incident):
    assert act(cast.proctor, "update", note="已换机，仍无反馈", lost_minutes="4").status_code == 302
    text = page(cast.chief).get(f"/incidents/{incident.pk}/").text
    assert "已换机，仍无反馈" in text
    assert "已损失考试时间 4 分钟" in text


@pytest.mark.parametrize("fields", [{"note": ""}, {"note": "x", "lost_minutes": "-1"}])
def test_an_empty_report_is_refused_beside_its_field(act, cast, fields):
    assert act(cast.chief, "update", **fields).status_code == 422


def test_it_is_handed_to_somebody_of_its_ladder(act, page, cast, incident):
    form = next(
        a["form"]
        for a in page(cast.chief).get(f"/incidents/{incident.pk}/").context["acts"]
        if a["key"] == "hand-over"
    )
    groups = {str(label): [name for _pk, name in people] for label, people in form.fields["to"].choices[1:]}
    assert groups["考点"] == ["site_admin（在岗）"]
    assert set(groups["分部"]) == {"branch（在岗）", "branch_duty（在岗）"}
    assert act(cast.chief, "hand-over", to=cast.site_admin.pk, note="交给你").status_code == 302
    assert "已移交 site_admin，等待接手" in page(cast.chief).get(f"/incidents/{incident.pk}/").text


@pytest.mark.parametrize("to", ["", "stranger", "candidate"])
def test_to_nobody_else(act, cast, incident, to):
    chosen = getattr(cast, to).pk if to else ""
    answer = act(cast.chief, "hand-over", to=chosen, note="请接手")
    assert answer.status_code == 422
    assert "请接手" in answer.text
    assert Incident.objects.get().handed_to is None


def test_lowering_a_grade_needs_a_reason(act, page, cast, incident):
    Incident.objects.update(grade=3)
    answer = act(cast.branch, "regrade", grade="4", reason="")
    form = next(a["form"] for a in answer.context["acts"] if a["key"] == "regrade")
    assert (answer.status_code, list(form.errors)) == (422, ["reason"])
    assert act(cast.branch, "regrade", grade="4", reason="只有 2 人").status_code == 302
    text = page(cast.chief).get(f"/incidents/{incident.pk}/").text
    assert "由Ⅲ级降为Ⅳ级" in text
    assert "只有 2 人" in text


def test_a_struck_line_stays_with_who_and_why(act, page, cast, incident):
    act(cast.proctor, "update", note="写错考场")
    entry = incident.entries.get(kind="update")
    assert act(cast.chief, "strike", entry=entry.pk, reason="").status_code == 422
    assert act(cast.chief, "strike", entry=entry.pk, reason="应为 302").status_code == 302
    answer = page(cast.chief).get(f"/incidents/{incident.pk}/")
    [line] = [row for row in answer.context["timeline"] if row["struck"]]
    assert line["struck_by"] == "chief：应为 302"
    assert "写错考场" in answer.text


def test_a_line_of_another_incident_or_of_the_portal_is_not_struck(act, cast, incident, opened):
    told = incident.entries.filter(actor=None).first()
    foreign = opened("NET").entries.filter(actor__isnull=False).first()
    for entry in (told, foreign):
        assert act(cast.chief, "strike", entry=entry.pk, reason="x").status_code == 422


def test_closed_it_may_be_reopened_with_a_reason(act, page, cast, incident):
    act(cast.chief, "resolve", cause="手机", effect="无影响")
    offered = whys(page(cast.chief).get(f"/incidents/{incident.pk}/"))
    assert offered == {"reopen": False, "strike": False}
    assert act(cast.chief, "reopen", reason=" ").status_code == 422
    assert act(cast.chief, "reopen", reason="又出现了").status_code == 302
    answer = page(cast.chief).get(f"/incidents/{incident.pk}/")
    assert "重新打开后第 2 轮" in answer.text
    assert answer.context["ladder"]["levels"][0]["until"] is not None


def test_the_ladder_says_who_why_and_what_is_next(page, cast, incident, at):
    outbox.drain(now=at.now)
    ladder = page(cast.proctor).get(f"/incidents/{incident.pk}/").context["ladder"]
    site = ladder["levels"][0]
    assert {(p["name"], p["read"]) for p in site["people"]} == {("chief", False), ("site_admin", False)}
    assert site["until"] == at.now + timedelta(minutes=2)
    assert ladder["next_at"] == site["until"]
    at("T-18m")
    at.fire()
    again = page(cast.proctor).get(f"/incidents/{incident.pk}/").context["ladder"]["levels"][0]
    assert again["again"] == 1
    assert "再次提醒" in str(again["because"])


def test_a_level_with_nobody_on_duty_says_why(page, cast, opened, world):
    User.objects.filter(pk__in=[cast.chief.pk, cast.site_admin.pk]).update(is_active=False)
    incident = opened("NET", actor=cast.proctor)
    answer = page(cast.branch).get(f"/incidents/{incident.pk}/")
    site, branch, *_rest = answer.context["ladder"]["levels"]
    assert "没有可用的账号" in str(site["nobody"])
    assert "无人值守" in str(branch["because"])
    assert "无人值守" in answer.text


def test_a_channel_that_was_not_reached_says_so(page, cast, incident, at):
    Delivery.objects.create(
        key="k", channel_name="考点群", kind="wecom", event="incident.told", title={"zh": "x", "en": "x"},
        incident=incident, step=incident.steps.get(), status="given_up", error="timeout", created_at=at.now,
    )  # fmt: skip
    text = page(cast.chief).get(f"/incidents/{incident.pk}/").text
    assert "考点群" in text
    assert "未送达" in text
    assert "timeout" in text


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
    answer = act(cast.chief, "acknowledge", note="还有事")
    assert answer.status_code == 409
    assert "还有事" in answer.text
    assert "已办结该事件" in answer.text


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
