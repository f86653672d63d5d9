"""Pages 通知渠道, 消息模板 and 发送记录: each organisation its own, refusals beside the field with what was typed."""

import pytest

from exam_ops.core.models import Event
from incidents.channels import guard
from incidents.models import Channel, Delivery, Template
from tests.incidents.receiver import receiving

GOOD = {"kind": "webhook", "name": "应急群", "address": "https://hooks.example.org/x", "language": "zh-hans",
        "least_grade": "3", "is_active": "on"}  # fmt: skip


@pytest.fixture(autouse=True)
def _names(monkeypatch):
    monkeypatch.setattr(guard, "look_up", lambda host, port: ["10.0.0.9" if "inside" in host else "8.8.8.8"])


@pytest.fixture
def channel(world, at):
    def make(level="hq", **more):
        about = {"name": f"群-{level}", "kind": "webhook", "address": "https://hooks.example.org/secret-path"}
        return Channel.objects.create(level=level, changed_at=at.now, **(about | more))

    return make


@pytest.fixture
def three(channel, world):
    """A channel of headquarters, of the own branch and of the own site."""
    return [channel(), channel("branch", branch=world.branch), channel("site", site=world.site)]


@pytest.fixture
def delivery(at):
    def make(channel, **more):
        about = {
            "key": f"k{Delivery.objects.count()}",
            "event": "incident.told",
            "title": {"zh": "甲", "en": "A"},
        }
        return Delivery.objects.create(
            channel=channel, channel_name=channel.name, kind=channel.kind, created_at=at.now, **(about | more)
        )

    return make


@pytest.mark.parametrize(
    ("who", "place", "level"),
    [("hq", "hq", "hq"), ("branch_duty", "branch", "branch"), ("site_admin", "site", "site")],
)
def test_each_organisation_makes_its_own(page, cast, world, who, place, level):
    client = page(getattr(cast, who))
    keys = {"hq": "hq", "branch": f"branch-{world.branch.pk}", "site": f"site-{world.site.pk}"}
    assert f'value="{keys[place]}"' in client.get("/system/channels/new/").text
    answer = client.post("/system/channels/new/", GOOD | {"place": keys[place]})
    made = Channel.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/system/channels/{made.pk}/")
    assert (made.level, made.least_grade, made.changed_by) == (level, 3, getattr(cast, who))
    for other in set(keys) - {place}:
        assert client.post("/system/channels/new/", GOOD | {"place": keys[other]}).status_code == 422


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("hq", ["hq", "branch", "site"]),
        ("branch_duty", ["branch"]),
        ("site_admin", ["site"]),
        ("sibling_admin", []),
    ],
)
def test_one_sees_the_own_and_headquarters_all(page, cast, three, who, seen):
    text = page(getattr(cast, who)).get("/system/channels/").text
    assert [level for level in ("hq", "branch", "site") if f"群-{level}" in text] == seen
    assert ("还没有通知渠道" in text) is not bool(seen)
    assert "secret-path" not in text


def test_a_private_address_is_refused_beside_its_field_with_what_was_typed(page, cast, world):
    data = GOOD | {"place": "hq", "address": "https://inside.example.org/x", "name": "写好的名称"}
    answer = page(cast.hq).post("/system/channels/new/", data)
    assert answer.status_code == 422
    assert 'id="id_address_error"' in answer.text
    assert "内网" in answer.text
    assert 'value="写好的名称"' in answer.text
    assert 'value="https://inside.example.org/x"' in answer.text
    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("kind", "ftp"), ("language", "fr"), ("least_grade", "0"), ("place", "x")],
)
def test_other_faults_are_told_beside_their_field(page, cast, world, field, value):
    answer = page(cast.hq).post("/system/channels/new/", GOOD | {"place": "hq", field: value})
    assert answer.status_code == 422
    assert not Channel.objects.exists()


def test_an_address_is_masked_once_saved_and_kept_when_left_empty(page, cast, channel):
    made = channel(secret="s3cret")
    client = page(cast.hq)
    text = client.get(f"/system/channels/{made.pk}/").text
    assert "https://hooks.example.org/…" in text
    assert "secret-path" not in text
    assert "s3cret" not in text
    data = {"name": "新名", "language": "en", "least_grade": "2", "address": "", "secret": ""}
    assert client.post(f"/system/channels/{made.pk}/", data).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.is_active, made.secret, made.least_grade) == ("新名", False, "s3cret", 2)
    assert made.address.endswith("secret-path")
    client.post(
        f"/system/channels/{made.pk}/", data | {"address": "https://inside.example.org/", "is_active": "on"}
    )
    made.refresh_from_db()
    assert made.address.endswith("secret-path")


def test_a_test_message_says_what_came_of_it(page, cast, channel, settings):
    with receiving() as receiver:
        settings.MESSAGE_TEST_TARGET = receiver.target
        made, client = channel(address=receiver.url), page(cast.hq)
        assert "已送达" in client.post(f"/system/channels/{made.pk}/test/", follow=True).text
        receiver.status = 500
        assert "HTTP 500" in client.post(f"/system/channels/{made.pk}/test/", follow=True).text
    assert Event.objects.filter(kind="channel.tested").count() == Delivery.objects.count() == 2


def test_the_log_is_the_own_organisations_narrowed_by_channel_status_incident_and_day(
    page, cast, three, delivery, opened, at
):
    hq, branch, site = three
    incident = opened()
    Delivery.objects.all().delete()
    delivery(hq, title={"zh": "总部一条", "en": "x"}, status="delivered")
    delivery(branch, title={"zh": "分部一条", "en": "x"}, status="given_up", error="HTTP 500")
    delivery(site, title={"zh": "考点一条", "en": "x"}, incident=incident)

    def seen(who, **query):
        text = page(getattr(cast, who)).get("/system/deliveries/", query).text
        return [name for name in ("总部", "分部", "考点") if f"{name}一条" in text]

    assert seen("hq") == seen("support") == ["总部", "分部", "考点"]
    assert (seen("branch_duty"), seen("site_admin"), seen("sibling_admin")) == (["分部"], ["考点"], [])
    assert seen("hq", channel=branch.pk) == seen("hq", status="given_up") == ["分部"]
    assert seen("hq", incident=incident.number) == ["考点"]
    assert (seen("hq", day="2025-12-06"), seen("hq", day="2025-12-05")) == (["总部", "分部", "考点"], [])
    assert seen("hq", channel="²", status="?", day="x") == []


def test_a_given_up_one_has_a_button_where_one_may(page, cast, three, delivery):
    row = delivery(three[1], status="given_up")
    delivery(three[1], status="given_up", event="channel.test")
    assert page(cast.branch_duty).get("/system/deliveries/").text.count("/resend/") == 1
    assert "/resend/" not in page(cast.support).get("/system/deliveries/").text
    answer = page(cast.branch_duty).post(f"/system/deliveries/{row.pk}/resend/", follow=True)
    assert "渠道已停用，或原消息已不再保存" in answer.text or "原渠道已停用" in answer.text
    assert page(cast.site_admin).post(f"/system/deliveries/{row.pk}/resend/").status_code == 404


def test_templates_are_listed_previewed_saved_and_taken_back(page, cast):
    client = page(cast.hq)
    assert "{channel}" in client.get("/system/templates/").text
    text = client.get("/system/templates/evidence.owed/").text
    assert "城东考点" in text
    words = {"title_zh": "改 {site}", "title_en": "Changed {site}", "body_zh": "甲", "body_en": "A"}
    shown = client.post("/system/templates/evidence.owed/preview/", words).text
    assert "改 城东考点" in shown
    assert "Changed Eastern site" in shown
    assert client.post("/system/templates/evidence.owed/", words).url == "/system/templates/"
    assert Template.objects.get().title == {"zh": "改 {site}", "en": "Changed {site}"}
    assert "已修改" in client.get("/system/templates/").text
    client.post("/system/templates/evidence.owed/reset/")
    assert not Template.objects.exists()


def test_an_unknown_field_comes_back_named_with_what_was_typed(page, cast):
    words = {"title_zh": "改 {stie}", "title_en": "", "body_zh": "甲", "body_en": "A"}
    answer = page(cast.hq).post("/system/templates/evidence.owed/", words)
    assert answer.status_code == 422
    assert "没有字段 {stie}" in answer.text
    assert "{count} {end} {site} {unit}" in answer.text
    assert 'id="id_title_en_error"' in answer.text
    assert "改 {stie}</textarea>" in answer.text
    assert "{stie}" in page(cast.hq).post("/system/templates/evidence.owed/preview/", words).text


def test_a_template_that_does_not_exist_is_not_found(page, cast):
    for method, url in (("get", ""), ("post", ""), ("post", "preview/"), ("post", "reset/")):
        assert getattr(page(cast.hq), method)(f"/system/templates/no.such/{url}").status_code == 404
