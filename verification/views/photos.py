"""Pictures of people on pages, through permission only: never cached, never run, never guessed at (E9).

Pages show the copy, upright and without metadata; the original is a download by a permission of its own, and
each one leaves an event.
"""

import logging
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

from exam_ops.core import events
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound
from exam_ops.core.pages import Page
from verification.models import EntryRequest, ProctorSignIn, SignIn
from verification.selectors import photos
from verification.selectors.photos import Size

log = logging.getLogger(__name__)

GUARDED = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Disposition": "inline",
}
PLACEHOLDER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 68 84">'
    '<rect width="68" height="84" fill="#e8ebef"/>'
    '<g fill="none" stroke="#5b6573" stroke-width="2"><circle cx="34" cy="32" r="11"/>'
    '<path d="M14 66c2-14 10-20 20-20s18 6 20 20"/></g></svg>'
)
NO_PREVIEW = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 68 84" role="img" aria-label="HEIC">'
    '<rect width="68" height="84" fill="#e8ebef"/>'
    '<text x="34" y="47" text-anchor="middle" font-family="sans-serif" font-size="15" fill="#5b6573">HEIC</text></svg>'
)
RECORDS: dict[str, photos.Record] = {"sign_in": SignIn, "request": EntryRequest, "proctor": ProctorSignIn}
ENDINGS = {"image/jpeg": "jpg", "image/heic": "heic"}


class FilePhoto(Page):
    """`reference` by sitting, the others by their own id; `?size=thumb`, `display` (as without it) or `original`.

    What is not there is a drawn head, 404; HEIC that no copy was made of is its name, drawn.
    """

    action = "file.see"

    def get(self, request: HttpRequest, kind: str, ident: str) -> HttpResponseBase:
        size = Size(asked) if (asked := request.GET.get("size", "")) in set(Size) else Size.DISPLAY
        response: HttpResponseBase
        try:
            picture = _picture(self.actor, kind, ident, size)
        except NotFound:
            response = HttpResponse(PLACEHOLDER, status=404, content_type="image/svg+xml")
        else:
            response = self._answer(picture, size)
        for name, value in GUARDED.items():
            response.setdefault(name, value)
        return response

    def _answer(self, picture: photos.Picture, size: Size) -> HttpResponseBase:
        about = {"user": self.actor.user.pk, "of": picture.of, "sha256": picture.sha256}
        if size is Size.ORIGINAL:
            events.record(
                "photo.downloaded", now=self.now, actor=self.actor.user, subject=picture.of, **about
            )
        elif picture.kind == "image/heic":
            picture.file.close()
            return HttpResponse(NO_PREVIEW, content_type="image/svg+xml")
        log.info("photo viewed", extra=about | {"size": size.value})
        response = FileResponse(picture.file, content_type=picture.kind)
        if size is Size.ORIGINAL:
            name = f"{picture.sha256[:12]}.{ENDINGS[picture.kind]}"
            response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _picture(actor: Actor, kind: str, ident: str, size: Size) -> photos.Picture:
    if kind == "reference" and ident.isascii() and ident.isdecimal() and len(ident) < 19:
        return photos.reference(actor, int(ident), size)
    try:
        return photos.of_record(actor, RECORDS[kind], UUID(ident), size)
    except (KeyError, ValueError):
        raise NotFound() from None
