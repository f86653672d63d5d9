"""A sealed package leaves the portal: as a download, by permission, each time with an event (E9)."""

import base64
from datetime import datetime

from django.http import FileResponse

from exam_ops.core import events, files
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound
from incidents.models import EvidencePackage

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
"""Nobody keeps or runs it on the way."""


def download(package: EvidencePackage, *, actor: Actor, now: datetime) -> FileResponse:
    """The file of a package (loaded with site, unit and plan) that the actor may have. Raises `NotFound`."""
    try:
        content = files.open(package.sha256)
    except FileNotFoundError:
        raise NotFound() from None
    events.record(
        "package.downloaded",
        now=now,
        actor=actor.user,
        site_unit=package.site_unit,
        subject=str(package),
        sha256=package.sha256,
    )
    response = FileResponse(
        content, content_type="application/zip", as_attachment=True, filename=name_of(package)
    )
    response["Content-Length"] = str(package.size)
    response["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(package.sha256)).decode()}:"
    for name, value in HEADERS.items():
        response[name] = value
    return response


def name_of(package: EvidencePackage) -> str:
    """Plan, unit, site and number in the chain; codes alone."""
    site_unit = package.site_unit
    parts = (site_unit.unit.plan.code, site_unit.unit.code, site_unit.site.code, f"{package.number:05d}")
    return "_".join(parts) + ".zip"
