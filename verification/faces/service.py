"""An outside face service over HTTP: both copies by one POST, through the guard of all outgoing calls."""

import base64
import json
import math
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings

from incidents.channels import guard, wire
from verification.faces.matcher import NoOpinion, Opinion, Outcome, Pair

WORDS_AT_MOST = 200


class OutsideService:
    """Posts `{photo, reference}` (JPEG, base64) to `FACE_MATCHING_URL`; the answer is `{outcome, score, words}`.

    A public https address alone is called, without redirects, within ten seconds; pictures carry no name.
    """

    name: ClassVar[str] = "service"
    is_outside: ClassVar[bool] = True

    def compare(self, pair: Pair) -> Opinion:
        """The service's opinion; raises `NoOpinion` when it can't be reached or answers something else."""
        if not (pair.photo and pair.reference):
            raise NoOpinion("no pair")
        body = {"photo": _text(pair.photo), "reference": _text(pair.reference)}
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "exam-ops"}
        if settings.FACE_MATCHING_TOKEN:
            headers["Authorization"] = f"Bearer {settings.FACE_MATCHING_TOKEN}"
        url = settings.FACE_MATCHING_URL
        try:
            answer = wire.post(url, json.dumps(body).encode(), headers, hosts=(urlsplit(url).hostname or "",))
        except (guard.TargetRefused, wire.NotReached) as error:
            raise NoOpinion(str(error)) from error
        if answer.status_code != 200:
            raise NoOpinion(f"HTTP {answer.status_code}")
        return _read(answer.content)


def _read(content: bytes) -> Opinion:
    try:
        said: Any = json.loads(content)
        outcome = Outcome(said["outcome"])
        score = None if said.get("score") is None else float(said["score"])
        words = said.get("words") or ""
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoOpinion("unreadable answer") from error
    if not isinstance(words, str) or (score is not None and not (math.isfinite(score) and 0 <= score <= 1)):
        raise NoOpinion("unreadable answer")
    return Opinion(outcome, score, words[:WORDS_AT_MOST])


def _text(picture: bytes) -> str:
    return base64.b64encode(picture).decode()
