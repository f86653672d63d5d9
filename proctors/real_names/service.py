"""A real-name service over HTTP, through the guard of all outgoing calls."""

import base64
import json
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings

from exam_ops.rules.certification import Finding, Part
from incidents.channels import guard, wire
from proctors.real_names.provider import Answer, NoAnswer, Question

WORDS_AT_MOST = 160
_SAID = {"agree": Finding.AGREES, "differ": Finding.DIFFERS, "unknown": Finding.UNCLEAR}


class RealNameService:
    """Posts `{number, name, photo}` (JPEG, base64) to `REAL_NAME_URL` with `REAL_NAME_KEY` as bearer.

    The answer is `{number, name, photo, words}`, each of the three `agree`, `differ` or `unknown`. A public https
    address alone is called, without redirects, within `REAL_NAME_WITHIN` seconds. `Idempotency-Key` is the same for
    every try of one question.
    """

    name: ClassVar[str] = "service"
    is_outside: ClassVar[bool] = True

    def ask(self, question: Question) -> Answer:
        """The service's answer; raises `NoAnswer` when it can't be reached or says something else."""
        body = {
            "number": question.number,
            "name": question.name,
            "photo": base64.b64encode(question.photo).decode(),
        }
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "exam-ops",
            "Authorization": f"Bearer {settings.REAL_NAME_KEY}",
            "Idempotency-Key": question.key,
        }
        url = settings.REAL_NAME_URL
        hosts = (urlsplit(url).hostname or "",)
        try:
            answer = wire.post(
                url, json.dumps(body).encode(), headers, hosts=hosts, within=settings.REAL_NAME_WITHIN
            )
        except (guard.TargetRefused, wire.NotReached) as error:
            raise NoAnswer(str(error)) from error
        if answer.status_code != 200:
            raise NoAnswer(f"HTTP {answer.status_code}")
        return _read(answer.content)


def _read(content: bytes) -> Answer:
    try:
        said: Any = json.loads(content)
        findings = {part: _SAID[said[part.value]] for part in Part}
        words = said.get("words") or ""
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoAnswer("unreadable answer") from error
    if not isinstance(words, str):
        raise NoAnswer("unreadable answer")
    return Answer(findings, words[:WORDS_AT_MOST])
