"""How a call of a race is made: through the services on a connection of one's own, or over HTTP."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

import httpx

from tests.faults.doors.calls import Call, Meet

Told = list[list[Any]]  # a line for each check, or for each request decided; one line otherwise


@dataclass
class Spoken:
    """What was told, the two instants between which the portal judged it, and when each face was taken as said."""

    told: Told
    now: tuple[float, float]
    captured: list[str] = field(default_factory=list)


class Speaker(Protocol):
    def say(self, call: Call, meet: Meet) -> Spoken:
        """Makes the call."""
        ...


def items(call: Call, now: float) -> tuple[list[dict[str, Any]], str | None]:
    """The checks of a call as they are sent, and when the phone says that it sends them."""
    skew = call.skew or 0.0
    sent = []
    for item in call.items:
        plain = {name: value for name, value in item.items() if name != "at"}
        sent.append(plain | {"captured_at": at(item["at"] + skew).isoformat()})
    return sent, None if call.skew is None else at(now + skew).isoformat()


def at(seconds: float) -> datetime:
    """An instant, to the microsecond."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=round(seconds * 1e6))


class Services:
    """Through the services, as the web would call them; `now` is an argument there, so nobody need wait for it."""

    def __init__(self, tokens: dict[str, str]) -> None:
        self.tokens = tokens
        self._actors: dict[str, Any] = {}

    def say(self, call: Call, meet: Meet) -> Spoken:
        from exam_ops.core import clock

        now = clock.now() if call.off is None else at(meet.closes + call.off)
        spoken = Spoken([], (now.timestamp(), now.timestamp()))
        getattr(self, f"_{call.do}")(call, meet, now, spoken)
        return spoken

    def actor(self, name: str) -> Any:
        """The actor behind a user name, with the phone that the account has, if any."""
        from exam_ops.core import access, clock
        from exam_ops.core.models import Device, User

        if name not in self._actors:
            user = User.objects.get(username=name)
            device = Device.objects.filter(user=user).first()
            self._actors[name] = access.actor_for(
                user, now=clock.now(), device_id=device.pk if device else None
            )
        return self._actors[name]

    def _check(self, call: Call, meet: Meet, now: datetime, spoken: Spoken) -> None:
        import msgspec
        from django.utils.dateparse import parse_datetime
        from knox.crypto import hash_token

        from verification.services import at_once, sign_ins
        from verification.services.facts import Said

        sent, sent_at = items(call, now.timestamp())
        spoken.captured = [item["captured_at"] for item in sent]
        when = parse_datetime(sent_at) if sent_at else None
        checks = msgspec.convert(sent, list[Said])
        batch = at_once.Batch(hash_token(self.tokens[call.who]), checks, when, call.last_seq)
        done: Any = None if call.by_steps else at_once.take(batch, now=now)
        if done is None:
            beside = sign_ins.Envelope(sent_at=when, last_seq=call.last_seq)
            done = sign_ins.record(sent, beside, actor=self.actor(call.who), now=now)
        spoken.told = [[r.status, r.code or "", r.entry_status] for r in done.results]

    def _ask(self, call: Call, meet: Meet, now: datetime, spoken: Spoken) -> None:
        from uuid import UUID

        from exam_ops.core import access, idempotency
        from exam_ops.core.models import Sitting
        from verification.services import entry_requests

        actor = self.actor(call.who)
        asked = entry_requests.Asked(UUID(call.id), "face_check_failed", True, call.word)

        def create() -> dict[str, Any]:
            rows = Sitting.objects.select_related("site_unit__unit__plan", "room_session")
            sitting = access.get(actor, Sitting, "entry.request", rows, pk=call.sitting)
            made = entry_requests.submit(asked, sitting=sitting, requester=actor.user, now=now)
            return {"id": str(made.pk)}

        def submit() -> Told:
            _, is_new = idempotency.once(
                asked.id,
                kind="entry_request",
                user=actor.user,
                fields={"sitting": call.sitting, "note": call.word},
                now=now,
                create=create,
            )
            return [["made" if is_new else "again"]]

        spoken.told = _refused_or(submit)

    def _decide(self, call: Call, meet: Meet, now: datetime, spoken: Spoken) -> None:
        from verification.services import decisions

        done = decisions.decide_many(
            call.requests, outcome=call.word, note="x", actor=self.actor(call.who), now=now
        )
        told: dict[str, list[Any]] = {str(r.pk): ["decided"] for r in done.decided}
        told |= {str(r.pk): ["repeated"] for r in done.repeated}
        told |= {str(a.row.pk): _refusal(a.refusal) for a in done.skipped if a.refusal}
        spoken.told = [told.get(id, ["not_found"]) for id in call.requests]

    def _close(self, call: Call, meet: Meet, now: datetime, spoken: Spoken) -> None:
        """What the engine does at T+30: the deadline's own transaction, then the absences in another."""
        from django.db import transaction

        from exam_ops.core.deadlines import effects
        from exam_ops.core.deadlines.registry import Firing
        from exam_ops.core.models import Effect, SiteUnit
        from verification import deadlines

        with transaction.atomic():
            rows = SiteUnit.objects.select_for_update(of=("self",), no_key=True)
            site_unit = rows.select_related("unit__plan", "site").get(pk=meet.site_unit)
            deadlines.close_entry([Firing(site_unit, "panorama_photo", at(meet.closes))], now)
        between = time.monotonic()
        asked = Effect.objects.filter(site_unit=site_unit, done_at=None)
        effects.carry_out(list(asked.values_list("pk", flat=True)), now=now)
        spoken.told = [["closed", between]]


def _refused_or(call: Callable[[], Told]) -> Told:
    from exam_ops.core.errors import Refusal

    try:
        return call()
    except Refusal as refusal:
        return [_refusal(refusal)]


def _refusal(refusal: Any) -> list[Any]:
    extra = refusal.extra
    if refusal.code == "already_decided":
        return [refusal.code, extra["outcome"], extra["decided_by"], extra["decided_at"]]
    return [refusal.code]


class Web:
    """Over HTTP, on a connection of one's own; calls around a close of entry wait for their moment."""

    def __init__(self, url: str, tokens: dict[str, str]) -> None:
        self.tokens = tokens
        self.url = url

    @cached_property
    def client(self) -> httpx.Client:
        limits = httpx.Limits(max_connections=8, max_keepalive_connections=8)
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False, limits=limits)

    def say(self, call: Call, meet: Meet) -> Spoken:
        if call.off is not None:
            time.sleep(max(0.0, meet.closes + call.off - _real()))
        path, body = getattr(self, f"_{call.do}")(call, meet)
        began = _real()
        answer = self.client.post(
            f"/api/v1/{path}", json=body, headers={"Authorization": f"Token {self.tokens[call.who]}"}
        )
        captured = [item["captured_at"] for item in body.get("items", [])]
        return Spoken(_read(call, answer), (began, _real()), captured)

    def _check(self, call: Call, meet: Meet) -> tuple[str, dict[str, Any]]:
        sent, sent_at = items(call, _real())
        beside = {"sent_at": sent_at, "last_seq": call.last_seq}
        return "sign-ins/", {"items": sent} | {k: v for k, v in beside.items() if v is not None}

    def _ask(self, call: Call, meet: Meet) -> tuple[str, dict[str, Any]]:
        body = {"id": call.id, "sitting": call.sitting, "reason": "face_check_failed"}
        return "entry-requests/", body | {"documents_checked": True, "note": call.word}

    def _decide(self, call: Call, meet: Meet) -> tuple[str, dict[str, Any]]:
        return f"entry-requests/{call.requests[0]}/decision/", {"outcome": call.word, "note": "x"}


def _read(call: Call, answer: httpx.Response) -> Told:
    body = answer.json()
    if call.do == "check" and answer.status_code == 200:
        return [[r["status"], r["code"] or "", r["entry_status"]] for r in body["results"]]
    good = {"ask": {201: "made", 200: "again"}, "decide": {201: "decided", 200: "repeated"}}
    if word := good.get(call.do, {}).get(answer.status_code):
        return [[word]]
    code = body.get("code", answer.status_code)
    if code == "already_decided":
        return [[code, body["outcome"], body["decided_by"], body["decided_at"]]]
    return [[code] for _ in range(max(1, len(call.items)))]


def _real() -> float:
    """The machine's clock, which the portal shares here."""
    return time.time_ns() / 1e9
