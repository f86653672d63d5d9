"""企业微信: a group's robot."""

import re

from apprise.plugins import wecombot

from exam_ops.rules.text import Text
from incidents.channels import robot
from incidents.channels.outgoing import Address, AddressRefused, Outgoing

HOST = "qyapi.weixin.qq.com"
MOST = 2_000  # bytes of a text; the service takes 2,048
_PASTED = re.compile(rf"https://{re.escape(HOST)}/cgi-bin/webhook/send\?key=(?P<token>[A-Za-z0-9_-]+)")
_NO_SECRET = Text(
    "企业微信机器人没有签名密钥，请留空。", "WeCom robots have no signing secret; leave it empty."
)

robot.guard_plugin(wecombot, HOST)


def check(to: Address) -> Address:
    """The address as it is stored; raises `AddressRefused`."""
    if to.secret:
        raise AddressRefused("secret", _NO_SECRET)
    return robot.token_of(to, _PASTED, HOST)


def send(to: Address, message: Outgoing) -> None:
    """Sends as text; raises `NotTaken`, `guard.TargetRefused`, `wire.NotReached`."""
    speaker = wecombot.NotifyWeComBot(key=to.address, asset=robot.ASSET)
    robot.speak(speaker, message, most_bytes=MOST, code="errcode")


mask = robot.mask
