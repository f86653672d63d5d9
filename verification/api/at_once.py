"""A batch of sign-ins read from the bare request, for the one statement that takes it in.

DRF's parsing, negotiation and serializers cost more than the write itself. What is not plainly a phone's
batch is None: the endpoint proper reads it, and says what is wrong with it.
"""

from typing import Annotated

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from knox.crypto import hash_token
from msgspec import Meta, Struct

from exam_ops.core import clock
from verification.services import at_once
from verification.services.facts import MAX_SEQ, Said, instant_or_none

MAX_ITEMS = 500


class Body(Struct):
    """What a phone's batch is, and nothing else."""

    items: Annotated[list[Said], Meta(min_length=1, max_length=MAX_ITEMS)]
    sent_at: str | None = None
    last_seq: Annotated[int, Meta(ge=0, le=MAX_SEQ)] | None = None


_decode = msgspec.json.Decoder(Body).decode


def answer(request: HttpRequest) -> HttpResponse | None:
    """The answer to `POST /api/v1/sign-ins/`, or None where the endpoint proper must give it."""
    batch = _read(request)
    taken = at_once.take(batch, now=clock.now()) if batch else None
    if taken is None:
        return None
    response = HttpResponse(msgspec.json.encode({"results": taken.results}), content_type="application/json")
    response["Exam-Time"] = taken.plan_at
    return response


def _read(request: HttpRequest) -> at_once.Batch | None:
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    is_plain = (
        request.method == "POST"
        and request.content_type == "application/json"
        and scheme.lower() == "token"
        and "HTTP_EXAM_CLOCK" not in request.META
        and any(kind in request.META.get("HTTP_ACCEPT", "*/*") for kind in ("*/*", "application/json"))
        and int(request.META.get("CONTENT_LENGTH") or 0) <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
    )
    body, digest = (_body(request), _digest(token)) if is_plain else (None, None)
    if body is None or digest is None:
        return None
    sent_at = instant_or_none(body.sent_at)
    return None if body.sent_at and not sent_at else at_once.Batch(digest, body.items, sent_at, body.last_seq)


def _body(request: HttpRequest) -> Body | None:
    try:
        return _decode(request.body)
    except (msgspec.DecodeError, ValueError, RequestDataTooBig, UnreadablePostError):
        return None


def _digest(token: str) -> str | None:
    try:
        return hash_token(token.strip())
    except ValueError:
        return None
