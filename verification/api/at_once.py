"""A batch of sign-ins read from the bare request, for the one statement that takes it in.

DRF's parsing, negotiation and serializers cost more than the write itself. What is not plainly a phone's
batch is None: the endpoint proper reads it, and says what is wrong with it.
"""

from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from knox.crypto import hash_token

from exam_ops.core import clock
from verification.services import at_once
from verification.services.facts import MAX_SEQ, instant_or_none
from verification.services.sign_ins import Result

MAX_ITEMS = 500


def answer(request: HttpRequest) -> HttpResponse | None:
    """The answer to `POST /api/v1/sign-ins/`, or None where the endpoint proper must give it."""
    batch = _read(request)
    taken = at_once.take(batch, now=clock.now()) if batch else None
    if taken is None:
        return None
    told = orjson.dumps({"results": [as_json(result) for result in taken.results]})
    response = HttpResponse(told, content_type="application/json")
    response["Exam-Time"] = taken.plan_at
    return response


def as_json(result: Result) -> dict[str, Any]:
    """One item's answer as the contract has it."""
    return {
        "id": result.id,
        "status": result.status,
        "code": result.code or None,
        "entry_status": result.entry_status,
    }


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
    body = _body(request) if is_plain else None
    if not isinstance(body, dict):
        return None
    items, last_seq, sent = body.get("items"), body.get("last_seq"), body.get("sent_at")
    sent_at, digest = instant_or_none(sent), _digest(token)
    if digest is None or not isinstance(items, list) or not 1 <= len(items) <= MAX_ITEMS:
        return None
    if last_seq is not None and (type(last_seq) is not int or not 0 <= last_seq <= MAX_SEQ):
        return None
    return None if sent and not sent_at else at_once.Batch(digest, items, sent_at, last_seq)


def _body(request: HttpRequest) -> Any:
    try:
        return orjson.loads(request.body)
    except (ValueError, RequestDataTooBig, UnreadablePostError):
        return None


def _digest(token: str) -> str | None:
    try:
        return hash_token(token.strip())
    except ValueError:
        return None
