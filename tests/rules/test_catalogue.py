"""The catalogue holds every clause of the plan, in both languages, with a card for whoever must act."""

import pytest

from exam_ops.rules.catalogue import INCIDENT_TYPES, Group, Page, Party, Remedy, get
from exam_ops.rules.text import Text

IDV = [f"IDV-{n:02}" for n in range(1, 12)]
CLI = [f"CLI-{n:02}" for n in range(1, 12)]
GENERAL = ["NET", "PWR", "PPR", "AUD", "HLT", "ORD", "MAL", "DIS", "STF", "PUB", "DAT", "PLT", "QRY"]

every_type = pytest.mark.parametrize("kind", INCIDENT_TYPES.values(), ids=INCIDENT_TYPES)


def codes(**wanted):
    return {k.code for k in INCIDENT_TYPES.values() if all(getattr(k, f) == v for f, v in wanted.items())}


def card(code):
    return "\n".join(step.text.zh for step in get(code).cards)


def test_the_codes_are_exactly_these():
    assert set(INCIDENT_TYPES) == {*IDV, *CLI, *GENERAL}
    assert len(INCIDENT_TYPES) == 35


def test_the_order_is_that_of_the_plan():
    assert list(INCIDENT_TYPES)[:22] == IDV + CLI


def test_an_unknown_code_is_a_key_error():
    with pytest.raises(KeyError):
        get("IDV-12")


def test_evidence_is_owed_for_clauses_2_3_4_5_10_only():
    assert codes(evidence=True) == {"IDV-02", "IDV-03", "IDV-04", "IDV-05", "IDV-10"}


def test_entry_blocking_types_are_those_of_a3():
    idv = {"IDV-01", "IDV-02", "IDV-03", "IDV-05", "IDV-06", "IDV-07", "IDV-08", "IDV-09"}
    assert codes(entry_blocking=True) == idv | {"CLI-01", "NET", "PWR", "PLT", "DIS", "STF"}


@pytest.mark.parametrize("number", range(1, 12))
def test_every_item_of_the_plan_has_its_type(number):
    assert codes(clause=f"二(三){number}") == {f"IDV-{number:02}"}
    assert codes(clause=f"二(四){number}") == {f"CLI-{number:02}"}


def test_groups_follow_the_codes():
    assert codes(group=Group.ENTRY) == set(IDV)
    assert codes(group=Group.CLIENT) == set(CLI)
    assert codes(group=Group.GENERAL) == codes(clause="") == set(GENERAL)


@pytest.mark.parametrize(
    ("grade", "expected"),
    [
        (1, {"DIS", "PLT", "DAT"}),
        (2, set()),
        (3, {"IDV-03", "IDV-06", "CLI-07", "NET", "PWR", "PPR", "AUD", "ORD", "STF", "PUB"}),
    ],
)
def test_default_grades(grade, expected):
    assert codes(default_grade=grade) == expected


@every_type
def test_the_first_owner_has_a_step(kind):
    assert kind.steps_for(kind.owners[0])


@every_type
def test_owners_are_parties_each_once(kind):
    assert len(set(kind.owners)) == len(kind.owners)
    assert all(isinstance(owner, Party) for owner in kind.owners)


@every_type
def test_both_languages_are_written(kind):
    texts: list[Text] = [kind.title, kind.summary, *(step.text for step in kind.cards)]
    assert all(text.zh.strip() and text.en.strip() and text.zh != text.en for text in texts)


@every_type
def test_step_keys_are_unique_on_a_card(kind):
    keys = [step.key for step in kind.cards]
    assert len(set(keys)) == len(keys)
    assert [kind.step(key) for key in keys] == list(kind.cards)


@every_type
def test_pages_and_remedies_are_of_the_closed_lists(kind):
    assert all(step.page is None or isinstance(step.page, Page) for step in kind.cards)
    assert kind.remedy is None or isinstance(kind.remedy, Remedy)


@every_type
def test_support_and_the_branch_can_open_every_type(kind):
    assert {"support", "branch_officer", "hq"} <= kind.opened_by


@every_type
def test_evidence_types_ask_for_the_panorama_and_say_where_it_goes(kind):
    asked = {step.key for step in kind.cards} >= {"panorama", "submit_evidence"}
    assert asked is kind.evidence


@every_type
def test_a_technical_card_has_something_for_support(kind):
    called = any(step.key == "call_support" for step in kind.cards)
    assert not kind.technical or called or kind.steps_for("support")


def test_a_card_without_that_step_is_a_key_error():
    with pytest.raises(KeyError):
        get("QRY").step("panorama")


@pytest.mark.parametrize("code", ["IDV-03", "IDV-05", "IDV-07", "IDV-09", "CLI-02", "PLT"])
def test_clause_1_restart_cache_backup_are_ticked_one_by_one(code):
    keys = [step.key for step in get(code).steps_for("support")]
    assert keys[keys.index("restart") :][:3] == ["restart", "clear_cache", "restore_backup"]


@pytest.mark.parametrize("code", ["CLI-01", "NET", "PWR", "PLT"])
def test_clause_1_mass_failure_goes_from_site_to_branch_to_headquarters(code):
    climb = [step.role for step in get(code).cards if step.key in {"report_branch", "report_hq", "decide"}]
    assert climb == [Party.SITE_ADMIN, Party.BRANCH_OFFICER, Party.HQ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("IDV-01", ["补打", "相关管理规定"]),
        ("IDV-02", ["人工核对", "提交入场审批", "人脸识别签到管理", "待审批", "无法考试"]),
        ("IDV-03", ["第一时间联系技术支持", "账号", "设备", "App 版本", "逐一", "考前 5 分钟"]),
        ("IDV-04", ["开考后 15 分钟", "未签到", "开考 30 分钟时", "水印相机"]),
        ("IDV-05", ["第一时间联系技术支持", "设备", "App 版本", "考前 5 分钟"]),
        ("IDV-06", ["48 小时之前", "2 至 48 小时", "运维群", "审批"]),
        ("IDV-07", ["完成更新", "应用商店", "二维码"]),
        ("IDV-08", ["考务管理", "考试计划、考场、时间单元"]),
        ("IDV-09", ["退出并重启", "联系技术支持"]),
        ("IDV-10", ["水印相机", "考场地址", "标记出应急考生"]),
        ("IDV-11", ["考试过程监督与管理", "监考记录与考后核验管理", "标记", "应急材料", "无法提交"]),
        ("CLI-01", ["考点管理—考点信息管理—登记公网IP", "全部填写"]),
        ("CLI-02", ["提前", "重启", "更换机器", "联系技术支持"]),
        ("CLI-03", ["MSYH(1)", r"C:\Windows\Fonts"]),
        ("CLI-04", ["继续作答", "会保存", "CLI-06"]),
        ("CLI-05", ["更换机器", "保存答案到本地", "备份"]),
        ("CLI-06", ["导出离线试卷", "不得更改文件内容、名称", "增量更新", "强制交卷"]),
        ("CLI-07", ["作答过的题目会保存", "继续作答"]),
        ("CLI-08", ["user.ini", "OpenGL/Level", "0"]),
        ("CLI-09", ["user.ini", "OpenGL/Level", "0"]),
        ("CLI-10", ["D3DCompiler_47.dll", "user.ini", "OpenGL/Level"]),
        ("CLI-11", ["主考", "考点管理员", "授权"]),
    ],
)
def test_the_card_keeps_the_words_of_the_plan(code, words):
    assert [word for word in words if word not in card(code)] == []
