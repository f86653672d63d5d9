"""HTTP as the callers speak it: tokens, problem details, retries with the same body, bad networks."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from exam_ops.sim.clock import ExamClock, real_now
from exam_ops.sim.network import Network, Unreachable

RETRIED = frozenset({429, 502, 503, 504})
LONGEST_PAUSE = 8.0  # seconds that a caller waits of itself
LONGEST_TOLD = 120.0  # seconds that it waits when told to; a portal that says more is asked another time
PREFIX = "/api/v1/"


class Problem(Exception):
    """An answer that refuses: problem details, or whatever else came with such a status."""

    def __init__(self, status: int, body: dict[str, Any], call: str = "") -> None:
        self.status = status
        self.body = body
        self.code = str(body.get("code") or f"http_{status}")
        self.detail = str(body.get("detail") or "")
        super().__init__(f"{call} → {status} {self.code} {self.detail} {body.get('errors') or ''}".strip())


@dataclass(slots=True)
class Answer:
    """A good answer: its status and parsed body (None when there is none)."""

    status: int
    body: Any


class Portal:
    """The server as all callers of a play see it: address, connections kept alive, the clock, patience."""

    def __init__(
        self,
        base_url: str,
        *,
        clock: ExamClock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        retries: int = 6,
        timeout: float = 60.0,
        connections: int = 32,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # a line per request helps nobody
        self.clock = clock or ExamClock()
        self.sleep = sleep
        self.retries = retries
        self.calls = 0
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self.client = httpx.Client(
            base_url=base_url.rstrip("/"),
            timeout=timeout,
            limits=limits,
            trust_env=False,
            transport=transport,
        )

    def close(self) -> None:
        self.client.close()

    def __enter__(self) -> "Portal":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Caller:
    """One device or office at the portal: its token, language and network."""

    def __init__(
        self,
        portal: Portal,
        *,
        token: str = "",
        language: str = "zh-Hans",
        network: Network | None = None,
    ) -> None:
        self.portal = portal
        self.token = token
        self.language = language
        self.network = network or Network()

    @property
    def clock(self) -> ExamClock:
        return self.portal.clock

    def get(self, path: str, **params: str) -> Any:
        """The body of a GET."""
        return self.call("GET", path, params={k: v for k, v in params.items() if v}).body

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The body of a POST with JSON."""
        return self.call("POST", path, json=body if body is not None else {}).body

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """The body of a PUT with JSON."""
        return self.call("PUT", path, json=body).body

    def put_file(self, path: str, content: bytes, media_type: str = "image/jpeg") -> Answer:
        """Puts raw bytes."""
        return self.call("PUT", path, content=content, headers={"Content-Type": media_type})

    def pages(self, path: str, **params: str) -> Iterator[dict[str, Any]]:
        """Every row of a cursor-paged list."""
        page = self.get(path, **params)
        yield from page["results"]
        while page["next"]:
            page = self.call("GET", page["next"]).body
            yield from page["results"]

    def call(self, method: str, path: str, **request: Any) -> Answer:
        """Sends until answered; the same body each time. Raises `Problem`, `Unreachable`, `Offline`."""
        request["headers"] = self._headers() | request.get("headers", {})
        url = path if path.startswith(("http", "/")) else PREFIX + path
        tried = 0
        while True:
            wait, reason = self._pause(tried), ""
            try:
                response = self._exchange(method, url, request)
            except httpx.TransportError as error:
                reason = f"{type(error).__name__}: {error}"
            else:
                if response.status_code not in RETRIED or tried >= self.portal.retries:
                    return self._read(response)
                wait = _told_to_wait(response, wait)
                if wait > LONGEST_TOLD:
                    return self._read(response)
            if tried >= self.portal.retries:
                raise Unreachable(f"{method} {url}: {reason}")
            self.portal.sleep(wait)
            tried += 1

    def _exchange(self, method: str, url: str, request: dict[str, Any]) -> httpx.Response:
        if delay := self.network.delay():
            self.portal.sleep(delay)
        self.network.before()

        def deliver() -> httpx.Response:
            self.portal.calls += 1
            return self.portal.client.request(method, url, **request)

        response = deliver()
        for copy in self.network.copies(deliver):
            copy()  # the network's doing: nobody waits for its answer
        if exam_time := response.headers.get("Exam-Time"):
            self.clock.learn(exam_time)
        self.network.after()
        return response

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Accept-Language": self.language} | self.clock.headers()
        return headers | ({"Authorization": f"Token {self.token}"} if self.token else {})

    def _pause(self, tried: int) -> float:
        """Doubling from 0.2 s, each with some chance in it so that a crowd does not return at once."""
        return min(0.2 * 2.0**tried, LONGEST_PAUSE) * (0.5 + self.network.rng.random())

    def _read(self, response: httpx.Response) -> Answer:
        try:
            body = response.json() if response.content else None
        except ValueError:
            body = {"detail": response.text[:200]}
        if response.is_success:
            return Answer(response.status_code, body)
        call = f"{response.request.method} {response.request.url.path}"
        raise Problem(response.status_code, body if isinstance(body, dict) else {}, call)


def _told_to_wait(response: httpx.Response, otherwise: float) -> float:
    """Seconds that the portal asks for in `Retry-After`, as a number or as an HTTP date."""
    told = response.headers.get("Retry-After", "")
    try:
        return float(told)
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(told)
    except ValueError:
        return otherwise
    return max(0.0, (then - real_now()).total_seconds())
