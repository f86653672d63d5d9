"""Channels of organisations: saved, refused with the reason beside the field, and what each kind sends."""

import base64
import dataclasses
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail

from exam_ops.core.models import Event
from exam_ops.rules.escalation import Level
from incidents.channels import dingtalk, feishu, guard, robot, webhook, wecom, wire
from incidents.channels import mail as mailing
from incidents.channels.outgoing import Address, NotTaken, Outgoing
from incidents.models import Channel, Delivery
from incidents.services import channels
from incidents.services.channels import ChannelRefused, Wanted
from incidents.services.deliveries import Organisation
from tests.incidents.receiver import receiving

MESSAGE = Outgoing(
    "incident:1:hq:7", "incident.told", "【Ⅱ级】考点网络故障", "第1单元 E1", "zh-hans",
    "https://portal.example.edu/incidents/1/", 2, "E1", "P1", "2025-12-06T08:30:00+08:00",
)  # fmt: skip
TOKEN = "0123456789abcdef0123456789abcdef"
HQ = Organisation(Level.HQ)


def wanted(address="", **more) -> Wanted:
    return Wanted(
        **{"name": "值班室", "language": "zh-hans", "least_grade": 4, "is_active": True, "address": address}
        | more
    )


@pytest.fixture
def names(monkeypatch):
    """Every host leads to one public address."""
    monkeypatch.setattr(guard, "look_up", lambda host, port: ["8.8.8.8"])


@pytest.fixture
def posted(monkeypatch):
    """What the wire was given, and `posted.answer` what it gives back."""

    class Posted(list):
        answer = wire.Answer(200, b'{"errcode":0,"code":0}')

    calls = Posted()

    def post(url, body, headers, *, hosts=None):
        calls.append((url, json.loads(body), headers, hosts))
        return calls.answer

    monkeypatch.setattr(wire, "post", post)
    return calls


def test_a_channel_is_kept_with_its_address_encrypted_and_shown_masked(world, cast, at, names):
    made = channels.create(
        "webhook", HQ, wanted("https://hooks.example.org/secret", secret="s"), actor=cast.hq, now=at.now
    )
    kept = Channel.objects.get(pk=made.pk)
    assert (kept.address, kept.secret) == ("https://hooks.example.org/secret", "s")
    assert channels.shown_address(kept) == "https://hooks.example.org/…"
    assert Channel.objects.filter(pk=made.pk).extra(where=["address like '%%secret%%'"]).count() == 0
    assert Event.objects.get(kind="channel.saved").actor == cast.hq


@pytest.mark.parametrize(
    ("kind", "address", "shown"),
    [
        ("email", "duty@example.org", "d…@example.org"),
        ("dingtalk", f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}", "…cdef"),
        ("wecom", f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}", "…cdef"),
        ("feishu", f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}", "…cdef"),
        ("feishu", TOKEN, "…cdef"),
    ],
)
def test_a_pasted_address_is_understood(world, cast, at, kind, address, shown):
    made = channels.create(kind, HQ, wanted(address), actor=cast.hq, now=at.now)
    assert channels.shown_address(made) == shown


@pytest.mark.parametrize(
    ("kind", "address", "secret", "field"),
    [
        ("webhook", "https://10.0.0.8/x", "", "address"),
        ("webhook", "http://hooks.example.org/x", "", "address"),
        ("webhook", "", "", "address"),
        ("email", "nobody", "", "address"),
        ("email", "a@example.org\nBcc: b@example.org", "", "address"),
        ("email", "a@example.org", "s", "secret"),
        ("dingtalk", "https://oapi.dingtalk.com.evil.example/robot/send?access_token=x", "", "address"),
        ("dingtalk", TOKEN, "SEC-1", "secret"),
        ("wecom", "short", "", "address"),
        ("wecom", TOKEN, "s", "secret"),
        ("feishu", TOKEN, "s", "secret"),
    ],
)
def test_an_unusable_one_is_refused_beside_its_field(world, cast, at, names, kind, address, secret, field):
    with pytest.raises(ChannelRefused) as refused:
        channels.create(kind, HQ, wanted(address, secret=secret), actor=cast.hq, now=at.now)
    assert [error.field for error in refused.value.errors] == [field]
    assert not Channel.objects.exists()


def test_without_a_mail_server_no_mail_channel_is_made(world, cast, at, settings):
    settings.MAIL_IS_SET_UP = False
    with pytest.raises(ChannelRefused):
        channels.create("email", HQ, wanted("a@example.org"), actor=cast.hq, now=at.now)
    with pytest.raises(NotTaken, match="EMAIL_URL"):
        mailing.send(Address("a@example.org"), MESSAGE)


def test_an_empty_address_leaves_the_old_one_and_a_secret_goes_only_when_asked(world, cast, at, names):
    made = channels.create(
        "webhook", HQ, wanted("https://hooks.example.org/x", secret="s"), actor=cast.hq, now=at.now
    )
    changed = channels.change(made, wanted(name="新名"), actor=cast.hq, now=at.now)
    assert (changed.name, changed.address, changed.secret) == ("新名", "https://hooks.example.org/x", "s")
    assert channels.change(made, wanted(drop_secret=True), actor=cast.hq, now=at.now).secret == ""


def test_a_webhook_carries_its_key_its_document_and_its_signature(settings):
    with receiving() as receiver:
        settings.MESSAGE_TEST_TARGET = receiver.target
        webhook.send(Address(receiver.url, "s3cret"), MESSAGE)
        webhook.send(Address(receiver.url, "s3cret"), MESSAGE)
    first, second = receiver.calls
    assert set(first["json"]) == {
        "key",
        "event",
        "title",
        "body",
        "language",
        "url",
        "grade",
        "incident",
        "plan",
        "sent_at",
    }
    assert first["headers"]["Idempotency-Key"] == first["json"]["key"] == "incident:1:hq:7"
    signed = hmac.new(b"s3cret", first["body"], hashlib.sha256).hexdigest()
    assert first["headers"]["X-Portal-Signature"] == f"sha256={signed}"
    assert first["body"] == second["body"]  # a receiver may compare what comes twice under a key


@pytest.mark.parametrize("status", [301, 400, 404, 409, 429, 500, 503])
def test_only_a_two_hundred_is_taken(settings, status):
    with receiving() as receiver:
        settings.MESSAGE_TEST_TARGET, receiver.status = receiver.target, status
        with pytest.raises(NotTaken, match=str(status)):
            webhook.send(Address(receiver.url), MESSAGE)


def test_a_mails_message_id_comes_from_the_key():
    mailing.send(Address("duty@example.org"), MESSAGE)
    mailing.send(Address("duty@example.org"), MESSAGE)
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert first.extra_headers["Idempotency-Key"] == MESSAGE.key
    assert (first.to, first.subject) == (["duty@example.org"], "【Ⅱ级】考点网络故障")
    assert "https://portal.example.edu/incidents/1/" in first.body


def test_dingtalk_is_told_in_text_with_the_key_and_one_signature(posted):
    dingtalk.send(Address(TOKEN, "SECabc"), MESSAGE)
    url, body, headers, hosts = posted[0]
    asked = parse_qs(urlsplit(url).query)
    text = f"{asked['timestamp'][0]}\nSECabc".encode()
    signature = hmac.new(b"SECabc", text, hashlib.sha256).digest()
    assert asked["sign"] == [base64.b64encode(signature).decode()]
    assert (asked["access_token"], hosts) == ([TOKEN], ("oapi.dingtalk.com",))
    assert headers["Idempotency-Key"] == MESSAGE.key
    assert body["text"]["content"].splitlines()[-1] == f"编号 {MESSAGE.reference}"


@pytest.mark.parametrize(("kind", "path"), [(wecom, ("text", "content")), (feishu, ("content", "text"))])
def test_wecom_and_feishu_are_told_in_text_with_the_key(posted, kind, path):
    kind.send(Address(TOKEN), MESSAGE)
    url, body, headers, hosts = posted[0]
    assert url.startswith(f"https://{kind.HOST}/")
    assert TOKEN in url
    assert (hosts, headers["Idempotency-Key"]) == ((kind.HOST,), MESSAGE.key)
    assert body[path[0]][path[1]].splitlines()[0] == MESSAGE.title


@pytest.mark.parametrize("kind", [dingtalk, wecom, feishu])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (wire.Answer(200, b'{"errcode":310000,"code":310000,"errmsg":"sign not match"}'), "sign not match"),
        (wire.Answer(200, b"<html>"), "could not be read"),
        (wire.Answer(200, b"[]"), "could not be read"),
        (wire.Answer(302, b""), "HTTP 302"),
        (wire.Answer(500, b""), "HTTP 500"),
    ],
)
def test_a_robots_refusal_inside_a_two_hundred_is_no_delivery(posted, kind, answer, said):
    posted.answer = answer
    with pytest.raises(NotTaken, match=said):
        kind.send(Address(TOKEN), MESSAGE)


def test_a_long_body_is_cut_to_what_the_receiver_takes_and_keeps_its_end(posted):
    wecom.send(Address(TOKEN), dataclasses.replace(MESSAGE, body="考" * 5000))
    text = posted[0][1]["text"]["content"]
    assert len(text.encode()) <= 2048
    assert text.endswith(MESSAGE.reference)


def test_a_robot_leaves_no_trace_of_its_call_behind(posted):
    wecom.send(Address(TOKEN), MESSAGE)
    with pytest.raises(LookupError):
        robot._call.get()


def test_a_test_message_is_sent_at_once_and_logged(world, cast, at, settings):
    with receiving() as receiver:
        settings.MESSAGE_TEST_TARGET = receiver.target
        made = channels.create("webhook", HQ, wanted(receiver.url, language="en"), actor=cast.hq, now=at.now)
        good = channels.test(made, actor=cast.hq, now=at.now)
        receiver.status = 500
        bad = channels.test(made, actor=cast.hq, now=at.now)
    assert (good.status, bad.status, bad.error) == ("delivered", "given_up", "HTTP 500")
    assert receiver.calls[0]["json"]["title"] == "Test message: 值班室"
    assert (
        Delivery.objects.filter(event="channel.test").count()
        == Event.objects.filter(kind="channel.tested").count()
        == 2
    )
