"""Workbooks and papers as attachments."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(content: bytes, name: str, *, kind: str = XLSX) -> HttpResponse:
    """`content` as a file called `name`, which may be in Chinese; nothing on the way keeps a copy."""
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    response.headers["Cache-Control"] = "private, no-store"
    return response
