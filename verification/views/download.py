"""下载身份核验 App: a public page with the links and codes of every platform, cheap under a rush (C10)."""

import hashlib
from typing import Any

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString, mark_safe
from django.views import View

from exam_ops.core import clock
from exam_ops.rules.equipment import phone_requirements
from verification.selectors import release_table
from verification.selectors.release_table import Line

_FRESH_S = 60  # a browser asks again after so long, and is told 304 while nothing has changed
_LANGUAGES = {"zh": "zh-hans", "en": "en"}
_KEPT = 8  # drawn pages that a process keeps

_drawn: dict[tuple[Any, ...], str] = {}


class AppDownload(View):
    """Open to all, without session or cookie: nothing on it is about whoever looks."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        language = _LANGUAGES.get(request.GET.get("lang", "")) or translation.get_language() or "zh-hans"
        html = page_of(release_table.lines(now=clock.now()), language)
        etag = f'"{hashlib.sha256(html.encode()).hexdigest()[:24]}"'
        is_known = request.headers.get("If-None-Match") == etag
        response = HttpResponseNotModified() if is_known else HttpResponse(html)
        response["ETag"] = etag
        response["Cache-Control"] = f"public, max-age={_FRESH_S}"
        patch_vary_headers(response, ["Accept-Language", "Cookie"])  # either may choose the language
        return response


def page_of(lines: list[Line], language: str) -> str:
    """The page; drawn once for what the table says, as long as the process lives."""
    key = (language, *_told(lines))
    if key not in _drawn:
        if len(_drawn) >= _KEPT:
            _drawn.clear()
        with translation.override(language):
            _drawn[key] = _draw(lines, language)
    return _drawn[key]


def _draw(lines: list[Line], language: str) -> str:
    platforms = [
        {
            "line": line,
            "requirements": phone_requirements(line.code),
            "code": code_of(line.in_force.download_url) if line.in_force else "",
        }
        for line in lines
    ]
    context = {"platforms": platforms, "is_english": language.startswith("en")}
    return render_to_string("verification/app_download.html", context)


def code_of(url: str) -> SafeString:
    """The link as a QR code; empty without a link."""
    if not url:
        return SafeString("")
    drawn = segno.make(url, error="m", micro=False).svg_inline(border=4, light="#fff", omitsize=True)
    return mark_safe(drawn)  # squares alone: the link is drawn, not written


def _told(lines: list[Line]) -> list[tuple[Any, ...]]:
    """What the page tells of the table."""
    in_force = [(line.code, line.in_force, None) for line in lines if line.in_force]
    ahead = [(line.code, a.row, a.holds_from) for line in lines for a in line.ahead]
    return [
        (code, row.minimum_version, row.latest_version, row.download_url, since)
        for code, row, since in [*in_force, *ahead]
    ]
