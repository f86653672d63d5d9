"""Short-lived links to stored files: made where permission was asked, good for one person, one session, one file (E9).

A page names an address of its own that asks for permission at each call and leads on to such a link, so that a page
may stand open for hours while no link of it outlives five minutes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from django.core import signing
from django.http import FileResponse, HttpResponseRedirect
from django.urls import reverse

from exam_ops.core import files, pictures
from exam_ops.core.errors import NotFound, Refusal
from exam_ops.core.models import User
from exam_ops.rules.text import Text

LIFE = timedelta(minutes=5)
_SALT = "exam_ops.core.links"

GUARDED: Mapping[str, str] = MappingProxyType(
    {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Disposition": "inline",
    }
)
ENDINGS = {"image/jpeg": "jpg", "image/heic": "heic", "image/png": "png", "image/webp": "webp"}


class LinkExpired(Refusal):
    code, status = "link_expired", 410
    title = Text("链接已过期", "The link has expired")
    sentence = Text(
        "照片链接 5 分钟内有效。请返回原页面重新打开。",
        "A link to a picture is good for five minutes. Go back to its page and open it again.",
    )


@dataclass(frozen=True, slots=True)
class Linked:
    """A stored file, to be shown in a page or, `is_download`, taken away."""

    sha256: str
    is_download: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """Who may follow a link: this person in this session (of a browser, or behind an API token)."""

    user: User
    session: str

    @property
    def mark(self) -> str:
        return hashlib.sha256(self.session.encode()).hexdigest()[:20]


def lead(linked: Linked, holder: Holder, *, to: str = "file-link", now: datetime) -> HttpResponseRedirect:
    """Sends the caller, whose permission was just asked, on to a link that lives for `LIFE`."""
    expires = int((now + LIFE).timestamp())
    said = [linked.sha256, int(linked.is_download), holder.user.pk, holder.mark, expires]
    response = HttpResponseRedirect(reverse(to, args=[signing.Signer(salt=_SALT).sign_object(said)]))
    response["Cache-Control"] = "private, no-store"
    return response


def follow(token: str, holder: Holder, *, now: datetime) -> FileResponse:
    """The file of a link, guarded; raises `NotFound` for any other holder or a made-up link, and `LinkExpired`."""
    try:
        sha256, is_download, user, mark, expires = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise NotFound() from None
    if (user, mark) != (holder.user.pk, holder.mark):
        raise NotFound()
    if now >= datetime.fromtimestamp(expires, UTC):
        raise LinkExpired()
    return serve(Linked(sha256, bool(is_download)))


def serve(linked: Linked) -> FileResponse:
    """The stored picture as a sandboxed image or as an attachment; raises `NotFound` when its file is gone."""
    try:
        file = files.open(linked.sha256)
    except FileNotFoundError:
        raise NotFound() from None
    kind = pictures.stored_kind(file)
    response = FileResponse(file, content_type=kind)
    for name, value in GUARDED.items():  # in place of what Django makes of the file's own name
        response[name] = value
    if linked.is_download:
        response["Content-Disposition"] = f'attachment; filename="{linked.sha256[:12]}.{ENDINGS[kind]}"'
    return response
