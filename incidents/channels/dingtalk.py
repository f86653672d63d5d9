"""钉钉: a group's custom robot, with its optional signing secret."""

import re

from apprise.plugins import dingtalk

from exam_ops.rules.text import Text
from incidents.channels import robot
from incidents.channels.outgoing import Address, AddressRefused, Outgoing

HOST = "oapi.dingtalk.com"
MOST = 18_000  # bytes of a text; the service takes 20,000 with its frame
_PASTED = re.compile(rf"https://{re.escape(HOST)}/robot/send\?access_token=(?P<token>[A-Za-z0-9]+)")
_LETTERS = re.compile(r"[A-Za-z0-9]*")
_ODD = Text("只能是字母和数字，请核对。", "Letters and digits only; check it.")

robot.guard_plugin(dingtalk, HOST)


def check(to: Address) -> Address:
    """The address as it is stored; raises `AddressRefused`."""
    found = robot.token_of(to, _PASTED, HOST)
    for name, value in (("address", found.address), ("secret", found.secret)):
        if not _LETTERS.fullmatch(value):
            raise AddressRefused(name, _ODD)
    return found


def send(to: Address, message: Outgoing) -> None:
    """Sends as text; raises `NotTaken`, `guard.TargetRefused`, `wire.NotReached`."""
    speaker = dingtalk.NotifyDingTalk(token=to.address, secret=to.secret or None, asset=robot.ASSET)
    robot.speak(speaker, message, most_bytes=MOST, code="errcode")


mask = robot.mask
