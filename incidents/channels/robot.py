"""What the chat robots share: apprise speaks to them, the guard's request carries it, their answer is read.

apprise posts with `requests` and takes any HTTP 200 for success. Each plugin used here is given `Guarded` in
place of that module: the call goes to the robot's one host through the guard, without redirects or proxies,
carries the key, and the answer stays readable, for these services refuse with HTTP 200 and a code in the body.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import requests
from apprise import AppriseAsset
from apprise.plugins.base import NotifyBase

from exam_ops.rules.text import Text
from incidents.channels import wire
from incidents.channels.guard import TargetRefused
from incidents.channels.outgoing import SHOWN, Address, AddressRefused, NotTaken, Outgoing

ASSET = AppriseAsset(storage_mode="memory", http_redirects=False)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")
_INVALID = Text(
    "请粘贴机器人的 Webhook 地址（{host}），或其中的令牌。",
    "Paste the robot's webhook address ({host}) or the token in it.",
)


@dataclass
class _Call:
    """One sending: the key that goes with it, and what came back."""

    key: str
    answer: wire.Answer | None = None
    failure: Exception | None = field(default=None)


_call: ContextVar[_Call] = ContextVar("call")


class Guarded:
    """Stands where a plugin expects the module `requests`: it can post, to one host, and nothing else."""

    codes = requests.codes
    RequestException = requests.RequestException

    def __init__(self, host: str) -> None:
        self.host = host

    def post(
        self,
        url: str,
        *,
        data: str | bytes,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        **_: Any,
    ) -> wire.Answer:
        """Posts through the guard; time-outs, redirects and certificates are the guard's affair, not the plugin's."""
        call = _call.get()
        if params:
            # apprise quotes the signature itself; quoted once more, as `requests` does, DingTalk refuses it
            url += ("&" if "?" in url else "?") + urlencode(params, safe="%")
        body = data.encode() if isinstance(data, str) else data
        try:
            call.answer = wire.post(url, body, {**headers, "Idempotency-Key": call.key}, hosts=(self.host,))
        except (TargetRefused, wire.NotReached) as error:
            call.failure = error
            raise requests.ConnectionError(str(error)) from error
        return call.answer


def guard_plugin(module: ModuleType, host: str) -> None:
    """Puts `Guarded` in the place of `requests` in one plugin of apprise; once, when its channel is loaded."""
    module.requests = Guarded(host)  # type: ignore[attr-defined]


def speak(robot: NotifyBase, message: Outgoing, *, most_bytes: int, code: str) -> None:
    """Sends by one robot; `code`: the member of its answer that is 0 when it took the message.

    Raises `NotTaken`, `TargetRefused`, `wire.NotReached`.
    """
    with _calling(message.header_key) as call:
        taken = robot.send(body=message.text(most_bytes=most_bytes), title="")
    if call.failure is not None:
        raise call.failure
    if call.answer is None:
        raise NotTaken("the robot was not called")
    if not taken:
        raise NotTaken(f"HTTP {call.answer.status_code}")
    _require_zero(call.answer, code)


@contextmanager
def _calling(key: str) -> Iterator[_Call]:
    call = _Call(key)
    token = _call.set(call)
    try:
        yield call
    finally:
        _call.reset(token)


def _require_zero(answer: wire.Answer, code: str) -> None:
    try:
        said = json.loads(answer.content)
        found = said[code]
    except (ValueError, KeyError, TypeError):
        raise NotTaken("the answer could not be read") from None
    if found != 0:
        words = said.get("errmsg") or said.get("msg") or ""
        raise NotTaken(f"{code} {found}: {words}"[:200])


def token_of(to: Address, pattern: re.Pattern[str], host: str) -> Address:
    """The robot's token, also out of its pasted webhook address; raises `AddressRefused`."""
    pasted = pattern.fullmatch(to.address.strip())
    token = pasted["token"] if pasted else to.address.strip()
    if not _TOKEN.fullmatch(token):
        raise AddressRefused("address", _INVALID.format(host=host))
    return Address(token, to.secret)


def mask(address: str) -> str:
    """The last characters of a token."""
    return f"…{address[-SHOWN:]}"
