"""Authorising logins that are not the first (D9): by chief or site administrator, one or many.

An authorisation is good for one use, on that machine, for the policy's 10 minutes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from client_support.models import ClientLogin
from client_support.services import sessions
from exam_ops.core import access, events, policies, schedule
from exam_ops.core.access import Actor

AUTHORISED, DENIED = "authorised", "denied"
OUTCOMES = (AUTHORISED, DENIED)
ACTION = "login.authorise"

Status = ClientLogin.Status


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one login: `status` is the outcome, or `rejected` with a code that says why not."""

    login_id: UUID
    status: str
    code: str = ""
    login: ClientLogin | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision on many would do: how many it decides, and why others are left out."""

    ready: int
    skipped: Counter[str] = field(default_factory=Counter)


def decide(
    login_ids: Sequence[UUID], outcome: str, *, reason: str = "", actor: Actor, now: datetime
) -> list[Decided]:
    """Decides each login on its own, in the order given; one that can't be decided never spoils the others.

    Codes: `unknown_sitting` (not the actor's to see), `not_allowed`, `not_open` (outside the unit), `entry_pending`
    (the entry request comes first), `expired`, `already_decided`, `already_admitted`.
    """
    with transaction.atomic():
        logins = _seen(login_ids, actor)
        schedule.hold(login.sitting.site_unit_id for login in logins.values())
        logins = _seen(login_ids, actor)
        rights = access.Once(actor, ACTION)
        decided = {
            id: _decide_one(id, logins.get(id), outcome, reason, rights, now) for id in sorted(set(login_ids))
        }
    return [decided[id] for id in login_ids]


def preview(login_ids: Sequence[UUID], *, actor: Actor, now: datetime) -> Preview:
    """The same answers without the act."""
    logins, rights = _seen(login_ids, actor), access.Once(actor, ACTION)
    codes = [_why_not(logins.get(id), rights, now) for id in login_ids]
    return Preview(codes.count(""), Counter(filter(None, codes)))


def _seen(login_ids: Sequence[UUID], actor: Actor) -> dict[UUID, ClientLogin]:
    rows = access.visible(actor, ClientLogin).filter(pk__in=login_ids)
    return {
        row.pk: row
        for row in rows.select_related("decided_by", *(f"sitting__{n}" for n in sessions.WITH_PLACE))
    }


def _why_not(login: ClientLogin | None, rights: access.Once, now: datetime) -> str:
    if login is None:
        return "unknown_sitting"
    unit = login.sitting.site_unit
    if refusal := rights.refused(login, unit.site_id):
        return refusal.code
    if login.status == Status.WAITING_AUTHORISATION:
        return "" if unit.entry_opens_at <= now < unit.ends_at else "not_open"
    if login.outcome:
        return "already_decided"
    codes: dict[str, str] = {Status.WAITING_ENTRY: "entry_pending", Status.ADMITTED: "already_admitted"}
    return codes.get(login.status, "expired")


def _decide_one(
    id: UUID, login: ClientLogin | None, outcome: str, reason: str, rights: access.Once, now: datetime
) -> Decided:
    code = _why_not(login, rights, now)
    if login is None or (code and code != "already_decided"):
        return Decided(id, "rejected", code)
    if not code and _write(login, outcome, reason, rights.actor, now):
        return Decided(id, outcome, login=login)
    login.refresh_from_db(fields=["status", "outcome", "decided_by", "decided_at", "reason"])
    is_repeat = login.outcome == outcome and login.decided_by_id == rights.actor.user.pk
    return (
        Decided(id, outcome, login=login) if is_repeat else Decided(id, "rejected", "already_decided", login)
    )


def _write(login: ClientLogin, outcome: str, reason: str, actor: Actor, now: datetime) -> bool:
    sitting = login.sitting
    life = policies.of(sitting.site_unit.unit.plan).login_authorisation_life
    is_yes = outcome == AUTHORISED
    changed = ClientLogin.objects.filter(pk=login.pk, status=Status.WAITING_AUTHORISATION).update(
        status=Status.AUTHORISED if is_yes else Status.DENIED,
        outcome=outcome,
        reason=reason,
        decided_by=actor.user,
        decided_at=now,
        authorised_until=now + life if is_yes else None,
    )
    if not changed:
        return False
    login.outcome, login.decided_by, login.decided_at = outcome, actor.user, now
    events.record_of(
        sitting, f"client.{outcome}", now=now, actor=actor.user, machine=login.machine_id, reason=reason
    )
    sessions.touch(sitting)
    return True
