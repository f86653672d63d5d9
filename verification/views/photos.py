"""Pictures of people on pages: permission is asked at each call, which leads on to a short-lived link (E9).

Pages show the copy, upright and without metadata; the original is a download by a permission of its own. Who
looked is written down.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from exam_ops.core import link_views, links, photo_views
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound
from exam_ops.core.pages import Page
from verification.models import EntryRequest, ProctorSignIn, SignIn
from verification.selectors import photos
from verification.selectors.photos import Size

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


class FilePhoto(Page):
    """`reference` by sitting, the others by their own id; `?size=thumb`, `display` (as without it) or `original`.

    What is not there is a drawn head, 404; HEIC that no copy was made of is its name, drawn.
    """

    action = "file.see"

    def get(self, request: HttpRequest, kind: str, ident: str) -> HttpResponseBase:
        size = Size(asked) if (asked := request.GET.get("size", "")) in set(Size) else Size.DISPLAY
        try:
            shown = _picture(self.actor, kind, ident, size)
        except NotFound:
            return _drawn(PLACEHOLDER, 404)
        is_download = size is Size.ORIGINAL
        if shown.picture.kind == "image/heic" and not is_download:
            return _drawn(NO_PREVIEW, 200)
        look = shown.look(is_original=is_download, is_download=is_download)
        photo_views.record(look, user=self.actor.user, now=self.now)
        linked = links.Linked(shown.picture.served, is_download)
        return links.lead(linked, link_views.browser(self), now=self.now)


def _drawn(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="image/svg+xml", headers=dict(links.GUARDED))


def _picture(actor: Actor, kind: str, ident: str, size: Size) -> photos.Shown:
    if kind == "reference" and ident.isascii() and ident.isdecimal() and len(ident) < 19:
        return photos.reference(actor, int(ident), size)
    try:
        return photos.of_record(actor, RECORDS[kind], UUID(ident), size)
    except (KeyError, ValueError):
        raise NotFound() from None
