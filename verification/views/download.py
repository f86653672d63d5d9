"""下载身份核验 App: a public page with the links and codes of every platform, cheap under a rush (C10)."""

import hashlib
from functools import lru_cache
from typing import Any

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.views import View

from exam_ops.core import clock
from exam_ops.rules.equipment import phone_requirements
from verification.selectors import release_table
from verification.selectors.release_table import Line

_FRESH_S = 60  # a browser asks again after so long, and is told 304 while nothing has changed
_LANGUAGES = {"zh": "zh-hans", "en": "en"}


class AppDownload(View):
    """Open to all, without session or cookie: nothing on it is about whoever looks."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        language = _LANGUAGES.get(request.GET.get("lang", "")) or translation.get_language() or "zh-hans"
        lines = release_table.lines(now=clock.now())
        etag = f'"{hashlib.sha256(repr((_mark(lines), language)).encode()).hexdigest()[:24]}"'
        response: HttpResponseBase
        if request.headers.get("If-None-Match") == etag:
            response = HttpResponseNotModified()
        else:
            with translation.override(language):
                response = self.draw(request, lines, language)
        response["ETag"] = etag
        response["Cache-Control"] = f"public, max-age={_FRESH_S}"
        return response

    def draw(self, request: HttpRequest, lines: list[Line], language: str) -> HttpResponse:
        platforms: list[dict[str, Any]] = [
            {
                "line": line,
                "requirements": phone_requirements(line.code),
                "code": code_of(line.in_force.download_url) if line.in_force else "",
            }
            for line in lines
        ]
        context = {"platforms": platforms, "is_english": language.startswith("en")}
        return render(request, "verification/app_download.html", context)


@lru_cache(maxsize=64)
def code_of(url: str) -> SafeString:
    """The link as a QR code, drawn once."""
    if not url:
        return SafeString("")
    drawn = segno.make(url, error="m", micro=False).svg_inline(border=4, light="#fff", omitsize=True)
    return mark_safe(drawn)


def _mark(lines: list[Line]) -> list[tuple[Any, ...]]:
    """What the page shows of the table."""
    return [
        (line.code, shown.pk, shown.minimum_version, shown.latest_version, shown.download_url, since)
        for line in lines
        for shown, since in [
            *([(line.in_force, None)] if line.in_force else []),
            *((ahead.row, ahead.holds_from) for ahead in line.ahead),
        ]
    ]
