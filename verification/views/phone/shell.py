"""What makes the phone pages installable: manifest, service worker, the page shown without a network.

None of it knows a person: it is open to all and may be kept.
"""

import hashlib
import json
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views import View

WORKER = "js/phone/worker.js"
OFFLINE = "phone/offline.html"
MODULES = (
    *("alert", "camera", "chief", "clock", "frame", "keep", "outbox", "photo", "picture_lines"),
    *("queue", "room", "seal", "shutter", "start", "store", "transfer", "words"),
)
STYLES = ("app", "parts", "phone", "verification", "incidents")
SCRIPTS = ("theme", "app", "board", "exif", "field_errors", "panorama")
SHELL = (
    *("vendor/tabler.min.css", "vendor/idiomorph-ext.min.js", "vendor/tabler.min.js"),
    *("django_htmx/htmx-2.min.js", "icons.svg", "favicon.svg", "icons/phone-192.png"),
    *(f"css/{name}.css" for name in STYLES),
    *(f"js/{name}.js" for name in SCRIPTS),
    *(f"js/phone/{name}.js" for name in MODULES),
)
"""The files that a phone page is made of."""

STARTS = {"chief": "phone-chief", "room": "phone-rooms"}
ICONS = (
    ("phone-192.png", 192, "any"),
    ("phone-512.png", 512, "any"),
    ("phone-512-mask.png", 512, "maskable"),
)
DARK = "#12324a"


class Manifest(View):
    """The web manifest; `start` (chief, room) says on which page the installed app opens."""

    def get(self, request: HttpRequest) -> HttpResponse:
        start = reverse(STARTS.get(request.GET.get("start", ""), "phone-start"))
        told = {
            "id": reverse("phone-start"),
            "name": gettext("考务应急平台"),
            "short_name": gettext("考务应急"),
            "lang": get_language(),
            "start_url": start,
            "scope": "/",
            "display": "standalone",
            "orientation": "portrait",
            "theme_color": DARK,
            "background_color": DARK,
            "icons": [
                {
                    "src": static(f"icons/{name}"),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for name, size, purpose in ICONS
            ],
        }
        return JsonResponse(
            told,
            content_type="application/manifest+json",
            headers={"Cache-Control": "no-cache"},
            json_dumps_params={"ensure_ascii": False},
        )


class ServiceWorker(View):
    """The worker with the list of what it keeps; another file's content makes it another worker."""

    def get(self, request: HttpRequest) -> HttpResponse:
        files = [static(name) for name in SHELL]
        told = {"version": version(), "files": files, "offline": reverse("phone-offline")}
        source = Path(_found(WORKER)).read_text(encoding="utf-8")
        return HttpResponse(
            f"const SHELL = {json.dumps(told)};\n{source}",
            content_type="text/javascript; charset=utf-8",
            headers={"Cache-Control": "no-cache"},
        )


class Offline(View):
    """Shown where there is neither a network nor a page kept: what waits on this phone, and how it goes on."""

    def get(self, request: HttpRequest) -> HttpResponse:
        response = render(request, OFFLINE, {"start": ""})
        response["Cache-Control"] = "no-cache"
        return response


def version() -> str:
    """The hash of all that the worker keeps, its offline page among it."""
    digest = hashlib.sha256()
    for name in (*SHELL, WORKER):
        digest.update(Path(_found(name)).read_bytes())
    for template in ("phone/base.html", OFFLINE):
        digest.update(get_template(template).template.source.encode())  # type: ignore[attr-defined]
    return digest.hexdigest()[:16]


def _found(name: str) -> str:
    path = finders.find(name)
    assert isinstance(path, str), f"{name} is missing from the static files"
    return path
