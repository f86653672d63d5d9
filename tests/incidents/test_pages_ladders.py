"""上报阶梯: shown in words, edited with a reason, refused beside the field, remembered by version, rehearsed."""

from datetime import timedelta

import pytest

from exam_ops.core.models import ExamPlan, PolicyVersion, User
from exam_ops.rules.ladder import GRADES, stored
from incidents.forms_ladder import LadderForm
from incidents.models import Channel
from incidents.services import ladders
from tests.conftest import moment

EDIT, LIST, RUN = "/ladders/P1/edit/", "/ladders/", "/ladders/P1/rehearsal/"


def typed(plan, **changes):
    """The form as it stands, with what somebody typed; a None takes the field out."""
    form = LadderForm(ladders=ladders.current(plan), version=plan.policy_version)
    body = {}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if value is True:
            body[name] = "on"
        elif value is not None and value is not False:
            body[name] = value
    body |= {"reason": "演练后调整"} | changes
    return {name: value for name, value in body.items() if value is not None}


def test_the_ladder_stands_in_words(page, cast):
    answer = page(cast.chief).get(LIST)
    grades = {grade["grade"]: grade for grade in answer.context["grades"]}
    assert [rung["within"] for rung in grades[2]["rungs"]] == ["立即", "5 分钟内", "15 分钟内"]
    assert grades[3]["rungs"][2]["within"] == "下级未确认时"
    assert grades[1]["update_every"] == "30 分钟"
    assert "还没有修改过" in answer.text
    assert EDIT not in answer.text  # a chief only reads


@pytest.mark.parametrize("who", ["branch", "site_admin", "chief", "support", "proctor"])
def test_headquarters_alone_edits(page, cast, world, who):
    assert page(getattr(cast, who)).get(EDIT).status_code == 403
    assert page(getattr(cast, who)).post(EDIT, typed(world.plan)).status_code == 403


def test_a_change_is_a_version_with_who_when_and_what(page, cast, world, at):
    body = typed(world.plan, g3_branch_minutes="6", g2_site_acknowledge="90", g4_again="2")
    assert page(cast.hq).post(EDIT, body).status_code == 302
    saved = ladders.current(ExamPlan.objects.get())
    assert saved[3].rung("branch").within == timedelta(minutes=6)
    assert saved[1] == ladders.current(world.plan)[1]
    [row] = page(cast.chief).get(LIST).context["history"]
    assert (row["version"], row["by"], row["at"], row["reason"]) == (1, cast.hq, at.now, "演练后调整")
    assert row["changes"] == [
        "Ⅱ级 考点 确认时限：1 分钟 → 90 秒",
        "Ⅲ级 分部 通知：10 分钟内 → 6 分钟内",
        "Ⅳ级 再提醒次数：1 → 2",
    ]


def test_a_level_may_be_left_out_or_taken_in(page, cast, world):
    body = typed(world.plan, g3_hq_on=None, g4_branch_on="on", g4_branch_mode="silent", g4_branch_minutes="")
    assert page(cast.hq).post(EDIT, body).status_code == 302
    [row] = page(cast.hq).get(LIST).context["history"]
    assert row["changes"] == ["Ⅲ级 总部：不再通知", "Ⅳ级 分部：新增"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"g2_branch_roles": None}, "g2_branch_roles"),
        ({f"g1_{level}_on": None for level in ("site", "branch", "hq")}, "g1_site_on"),
        ({"g2_hq_on": None}, "g2_hq_on"),
        ({"g2_hq_minutes": "4"}, "g2_hq_minutes"),
        ({"g2_branch_minutes": ""}, "g2_branch_minutes"),
        ({"g3_site_acknowledge": "0"}, "g3_site_acknowledge"),
        ({"g3_site_mode": "silent"}, "g3_site_minutes"),
        ({"g4_again": "99"}, "g4_again"),
        ({"g1_update_every": "0.5"}, "g1_update_every"),
    ],
)
def test_a_fault_stands_beside_its_field_and_what_was_typed_stays(page, cast, world, changes, field):
    answer = page(cast.hq).post(EDIT, typed(world.plan, g4_site_acknowledge="77", **changes))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert 'value="77' in answer.text
    assert not PolicyVersion.objects.exists()


def test_a_ladder_with_no_people_in_it_is_refused(page, cast, world):
    User.objects.filter(pk__in=[cast.hq2.pk]).update(is_active=False)
    User.objects.filter(memberships__role="branch_officer").update(is_active=False)
    answer = page(cast.hq).post(EDIT, typed(world.plan))
    assert answer.status_code == 422
    assert "g2_branch_roles" in answer.context["form"].errors


def test_nobody_overwrites_what_they_have_not_seen(page, cast, world, at):
    body = typed(world.plan)
    ladders.save(
        world.plan, stored({4: ladders.current(world.plan)[4]}), reason="先改", actor=cast.hq2, now=at.now
    )
    answer = page(cast.hq).post(EDIT, body)
    assert answer.status_code == 409
    assert "已被他人修改" in answer.text


def test_nothing_is_lost_on_the_way_through_the_form(page, cast, world):
    before = ladders.current(world.plan)
    page(cast.hq).post(EDIT, typed(world.plan))
    assert {g: ladders.current(ExamPlan.objects.get())[g] for g in GRADES} == before


@pytest.fixture
def run(page, world):
    def call(user, **query):
        body = {"unit": "U1", "site": "A1", "grade": "2", "at": "2025-12-06T08:10"} | query
        return page(user).get(RUN, body)

    return call


def test_a_rehearsal_says_who_would_be_told_when(run, cast, world, at):
    Channel.objects.create(
        name="分部群", kind="wecom", level="branch", branch=world.branch, address="x", changed_at=at.now
    )
    rows = run(cast.chief).context["rows"]
    assert [(str(r["level"]), r["after"]) for r in rows[:3]] == [
        ("考点", "+0:00"), ("分部", "+1:00"), ("总部", "+2:00"),
    ]  # fmt: skip
    assert {u.username for u in rows[0]["users"]} == {"chief", "site_admin"}
    assert [c.name for c in rows[1]["channels"]] == ["分部群"]
    assert rows[0]["at"] == moment("T-20m")


def test_a_place_with_nobody_on_duty_passes_on_at_once_and_says_why(run, cast, world):
    User.objects.filter(pk__in=[cast.chief.pk, cast.site_admin.pk]).update(is_active=False)
    answer = run(cast.branch)
    first, second = answer.context["rows"][:2]
    assert "没有可用的账号" in str(first["why_nobody"])
    assert second["after"] == "+0:00"
    assert "无人值守，立即上报上一级" in answer.text


def test_a_rehearsal_writes_nothing(run, cast, django_assert_max_num_queries):
    run(cast.chief)
    with django_assert_max_num_queries(60):
        run(cast.hq)
    assert not PolicyVersion.objects.exists()


@pytest.mark.parametrize("query", [{"site": "B1"}, {"grade": "5"}, {"at": "x"}, {"unit": "U9"}])
def test_a_rehearsal_elsewhere_is_refused_beside_its_field(run, cast, query):
    answer = run(cast.chief, **query)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(query)


def test_without_a_choice_it_says_what_it_does(page, cast):
    assert "不会真的发送" in page(cast.chief).get(RUN).text


def test_a_plan_out_of_scope_does_not_exist(page, cast):
    assert page(cast.hq).get("/ladders/NONE/rehearsal/").status_code == 404
