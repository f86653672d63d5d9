"""Polls whose answer has not changed: answered with 304 before session, account and view are loaded.

An answer is made by the view, with every check of who asks and what they may see. What it depended on is kept
with it, the account's session and grants first of all; as long as all of that stands as it was read *before*
the answer was made, and no minute has passed by which the answer changes of itself, the next poll with the same
ETag gets the same answer. Anything else goes to the view. docs/decisions/0021 has the figures.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import translation
from django.utils.cache import patch_vary_headers

from exam_ops.core import clock, watched

KEPT = 20_000  # answers a process remembers


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer depends on; a view lays it on its response as `poll_basis`.

    `facts` are keys of `watched`; `until` is the instant at which the answer changes of itself; `offset` is that
    of the plan's clock. `mark` gives what else it depends on, cheaply, and `marked` is what it gave for the answer.
    """

    facts: tuple[watched.Key, ...]
    until: datetime
    offset: timedelta
    mark: Callable[[datetime], Hashable] | None = None
    marked: Hashable = None
    headers: Callable[[datetime], dict[str, str]] = lambda now: {}  # of a 304, beside the ETag


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was given, and the facts as they stood before; None: they were not read then."""

    etag: str
    basis: Basis
    facts: watched.Facts | None

    def holds(self, facts: watched.Facts, now: datetime) -> bool:
        basis = self.basis
        if facts != self.facts or now >= basis.until:
            return False
        return basis.mark is None or basis.mark(now) == basis.marked


_answers: dict[tuple[str, ...], Answer] = {}  # the longest unasked first
_lock = Lock()


def forget() -> None:
    """Forgets everything, as a new process would have it."""
    _answers.clear()


class UnchangedPolls:
    """Stands before whatever loads the account; after the language is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = _key_of(request)
        if key is None:
            return self.get_response(request)
        now, known, facts = clock.now(), _answers.get(key), None
        if known is not None:
            facts = watched.facts_of(known.basis.facts, now=now)
            if request.headers.get("If-None-Match") == known.etag and known.holds(facts, now):
                return _unchanged(known, now)
        response = self.get_response(request)
        _keep(key, response, known, facts)
        return response


def _key_of(request: HttpRequest) -> tuple[str, ...] | None:
    """Who asks for what, in which language; None when it is no poll of somebody who is signed in."""
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if request.method != "GET" or "HX-Request" not in request.headers or not session:
        return None
    return session, request.get_full_path(), translation.get_language() or "", request.get_host()


def _keep(
    key: tuple[str, ...], response: HttpResponse, known: Answer | None, facts: watched.Facts | None
) -> None:
    basis: Basis | None = getattr(response, "poll_basis", None)
    with _lock:
        _answers.pop(key, None)
        if basis is None:
            return
        same = known is not None and known.basis.facts == basis.facts
        _answers[key] = Answer(response["ETag"], basis, facts if same else None)
        while len(_answers) > KEPT:
            del _answers[next(iter(_answers))]


def _unchanged(known: Answer, now: datetime) -> HttpResponse:
    response = HttpResponseNotModified(headers={"ETag": known.etag, **known.basis.headers(now)})
    response["X-Clock-Now"] = (now + known.basis.offset).isoformat()
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response
