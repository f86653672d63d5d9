"""飞书: a group's custom robot; without signing, which apprise does not speak."""

import re

from apprise.plugins import feishu

from exam_ops.rules.text import Text
from incidents.channels import robot
from incidents.channels.outgoing import Address, AddressRefused, Outgoing

HOST = "open.feishu.cn"
MOST = 18_000  # bytes of a text; the service takes 20 KB with its frame
_PASTED = re.compile(rf"https://{re.escape(HOST)}/open-apis/bot/v2/hook/(?P<token>[A-Za-z0-9_-]+)/?")
_NO_SECRET = Text(
    "暂不支持飞书签名校验。请在机器人的安全设置中改用关键词或 IP 白名单，并将此处留空。",
    "Feishu's signature check is not supported. Use a keyword or an IP list in the robot's security settings "
    "and leave this empty.",
)

robot.guard_plugin(feishu, HOST)


def check(to: Address) -> Address:
    """The address as it is stored; raises `AddressRefused`."""
    if to.secret:
        raise AddressRefused("secret", _NO_SECRET)
    return robot.token_of(to, _PASTED, HOST)


def send(to: Address, message: Outgoing) -> None:
    """Sends as text; raises `NotTaken`, `guard.TargetRefused`, `wire.NotReached`."""
    robot.speak(
        feishu.NotifyFeishu(token=to.address, asset=robot.ASSET), message, most_bytes=MOST, code="code"
    )


mask = robot.mask
