"""A message as it goes out, and where to; and what a way of sending may answer."""

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from exam_ops.rules.text import Text

SHOWN = 4  # characters of an address that stay readable


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message in the channel's language. Every try sends the same words, so that a receiver may compare."""

    key: str
    event: str
    title: str
    body: str
    language: str  # zh-hans or en
    url: str  # of the page in the portal; empty when there is none
    grade: int  # 1 worst … 4
    incident: str  # its number, or empty
    plan: str  # its code, or empty
    sent_at: str  # ISO 8601, when the portal wrote it

    @property
    def header_key(self) -> str:
        """The key as a header may hold it."""
        return quote(self.key, safe="!#$%&'()*+,-./:;<=>?@[]^_`{|}~ ")

    @property
    def reference(self) -> str:
        """The key for people, short: the same message twice shows the same ten characters."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:10]

    def text(self, *, most_bytes: int) -> str:
        """Title, body, page and reference as plain text; a body too long for the receiver is cut."""
        label = "Ref." if self.language.startswith("en") else "编号"
        end = "\n".join([*([self.url] if self.url else []), f"{label} {self.reference}"])
        room = most_bytes - len(f"{self.title}\n\n{end}".encode()) - len("…".encode())
        body = self.body
        if len(body.encode()) > room:
            body = body.encode()[: max(room, 0)].decode(errors="ignore") + "…"
        return "\n".join(part for part in (self.title, body, end) if part)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel leads: a mail address, a URL or a robot's token, and the secret that signs."""

    address: str
    secret: str = ""


class NotTaken(Exception):
    """The target was reached and did not take the message, or the portal can't send this way."""


class AddressRefused(Exception):
    """An address or secret that a channel of this kind can't have; `field` names which."""

    def __init__(self, field: str, reason: Text) -> None:
        self.field, self.reason = field, reason
        super().__init__(reason.en)
