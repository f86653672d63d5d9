"""The address a request comes from: the peer, or what a configured proxy says of it; never what the caller can write."""

from django.conf import settings
from django.http import HttpRequest

from exam_ops.rules.addresses import client_address


def of_request(request: HttpRequest) -> str:
    """The caller's address as text (IPv4-mapped forms unwrapped)."""
    return client_address(
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        settings.TRUSTED_PROXIES,
    )
