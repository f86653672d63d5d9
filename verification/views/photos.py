"""Pictures of people on pages, through permission only: never cached, never run, never guessed at (E9)."""

import logging
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound
from exam_ops.core.pages import Page
from verification.models import EntryRequest, SignIn
from verification.selectors import photos

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
RECORDS: dict[str, type[SignIn] | type[EntryRequest]] = {"sign_in": SignIn, "request": EntryRequest}


class FilePhoto(Page):
    """`reference` by sitting, `sign_in` and `request` by their own id; what is not there is a drawn head, 404."""

    action = "file.see"

    def get(self, request: HttpRequest, kind: str, ident: str) -> HttpResponseBase:
        response: HttpResponseBase
        try:
            picture = _picture(self.actor, kind, ident)
        except NotFound:
            response = HttpResponse(PLACEHOLDER, status=404, content_type="image/svg+xml")
        else:
            log.info(
                "photo viewed", extra={"user": self.actor.user.pk, "of": picture.of, "sha256": picture.sha256}
            )
            response = FileResponse(picture.file, content_type=picture.kind)
        for name, value in GUARDED.items():
            response[name] = value
        return response


def _picture(actor: Actor, kind: str, ident: str) -> photos.Picture:
    if kind == "reference" and ident.isascii() and ident.isdecimal() and len(ident) < 19:
        return photos.reference(actor, int(ident))
    try:
        return photos.of_record(actor, RECORDS[kind], UUID(ident))
    except (KeyError, ValueError):
        raise NotFound() from None
