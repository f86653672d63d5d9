"""The table of kinds."""

from collections.abc import Callable
from dataclasses import dataclass

from exam_ops.rules.text import Text
from incidents.channels import dingtalk, feishu, mail, webhook, wecom
from incidents.channels.outgoing import Address, Outgoing


@dataclass(frozen=True, slots=True)
class Kind:
    """One way: its name for people, what its address is, and what it does."""

    label: Text
    address: Text
    check: Callable[[Address], Address]
    send: Callable[[Address, Outgoing], None]
    mask: Callable[[str], str]


KINDS: dict[str, Kind] = {
    "email": Kind(
        Text("电子邮件", "E-mail"),
        Text("邮箱地址", "Mail address"),
        mail.check,
        mail.send,
        mail.mask,
    ),
    "webhook": Kind(
        Text("Webhook", "Webhook"),
        Text("https 地址", "https address"),
        webhook.check,
        webhook.send,
        webhook.mask,
    ),
    "dingtalk": Kind(
        Text("钉钉机器人", "DingTalk robot"),
        Text("Webhook 地址或令牌", "Webhook address or token"),
        dingtalk.check,
        dingtalk.send,
        dingtalk.mask,
    ),
    "wecom": Kind(
        Text("企业微信机器人", "WeCom robot"),
        Text("Webhook 地址或令牌", "Webhook address or token"),
        wecom.check,
        wecom.send,
        wecom.mask,
    ),
    "feishu": Kind(
        Text("飞书机器人", "Feishu robot"),
        Text("Webhook 地址或令牌", "Webhook address or token"),
        feishu.check,
        feishu.send,
        feishu.mask,
    ),
}
