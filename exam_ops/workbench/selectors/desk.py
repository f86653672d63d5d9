"""Whoever or whatever a caller names, found by any key in scope, with the facts (E11)."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Prefetch, Q

from client_support.models import ClientLogin, ClientSession, MachineReport, RefusedLogin
from client_support.selectors import locks as ticket_locks
from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.locks import Lock, locks
from exam_ops.core.models import Device, ExamSite, RosterRow, Sitting, User
from exam_ops.workbench.selectors.accounts import may_have_code, may_unlock
from exam_ops.workbench.words import memberships_of
from verification.models import LoginTry
from verification.selectors.phones import PhoneLine, phones_of

SEE = "support.see"
FOUND = 10
PHONES = 4  # of a person
SHORTEST = 2  # characters of a search
_LAST4 = re.compile(r"\d{3}[\dXx]")


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what the desk needs to know of it."""

    user: User
    lock: Lock | None
    can_unlock: bool
    can_have_code: bool
    phones: list[PhoneLine]
    duties: list[RosterRow]

    @property
    def profile(self) -> Any:
        return getattr(self.user, "proctor", None)

    @property
    def roles(self) -> list[dict[str, Any]]:
        return memberships_of(self.user)


@dataclass(frozen=True, slots=True)
class SittingLine:
    """A candidate's sitting with the state of the exam client; times are real."""

    sitting: Sitting
    login: ClientLogin | None
    session: ClientSession | None
    refused: RefusedLogin | None
    locks: list[ticket_locks.Lock]
    can_unlock: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as it last reported itself, who sat at it last, and its locks; times are real."""

    machine_id: str
    report: MachineReport | None
    session: ClientSession | None
    refused: RefusedLogin | None
    locks: list[ticket_locks.Lock]

    @property
    def site(self) -> ExamSite | None:
        """Where it stands, as far as anything says."""
        if self.report and self.report.site:
            return self.report.site
        if self.session:
            return self.session.sitting.site_unit.site
        return self.refused.site if self.refused else None


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that a key fits, a few of each kind."""

    people: list[Person] = field(default_factory=list)
    sittings: list[SittingLine] = field(default_factory=list)
    machines: list[Machine] = field(default_factory=list)
    sites: list[Any] = field(default_factory=list)
    is_last4_alone: bool = False  # the last four of an ID number find nobody without a name

    @property
    def is_empty(self) -> bool:
        return not (self.people or self.sittings or self.machines or self.sites)


def find(actor: Actor, key: str, *, now: datetime) -> Found:
    """People, candidates, machines and sites in scope by any key: user name, name, student or ticket number,
    device or machine id, a site's name or code; a candidate's name may be followed by the ID number's last four."""
    return Found(
        people=_people(actor, key, now),
        sittings=_sittings(actor, key, now),
        machines=_machines(actor, key, now),
        sites=_sites(actor, key),
        is_last4_alone=bool(_LAST4.fullmatch(key)),
    )


def _people(actor: Actor, key: str, now: datetime) -> list[Person]:
    fits = Q(username__iexact=key) | Q(name__icontains=key) | Q(username__istartswith=key)
    for phones in (Device, LoginTry):
        fits |= Q(pk__in=phones._default_manager.filter(device_id__iexact=key).values("user"))
    ahead = (
        RosterRow.objects.filter(room_session__site_unit__ends_at__gt=now)
        .select_related(
            "room_session__room", "room_session__site_unit__unit__plan", "room_session__site_unit__site"
        )
        .order_by("room_session__site_unit__starts_at")
    )
    rows = (
        access.visible(actor, User, SEE)
        .filter(fits)
        .select_related("proctor__site")
        .prefetch_related(
            "memberships__site",
            "memberships__branch",
            "memberships__centre",
            "memberships__candidate",
            Prefetch("roster_rows", ahead),
        )
        .order_by("username")
    )
    users = list(rows[:FOUND])
    locked, unlockable = locks([user.username for user in users], now=now), may_unlock(actor, users)
    codeable, phones_by_user = may_have_code(actor, users), phones_of(users, now=now)
    return [
        Person(
            user=user,
            lock=locked.get(user.username),
            can_unlock=user.pk in unlockable,
            can_have_code=user.pk in codeable,
            phones=phones_by_user[user.pk][:PHONES],
            duties=list(user.roster_rows.all())[:4],
        )
        for user in users
    ]


def _sittings(actor: Actor, key: str, now: datetime) -> list[SittingLine]:
    name, _space, last4 = key.rpartition(" ")
    by_person = Q(candidate__name=key)
    if name and _LAST4.fullmatch(last4):
        by_person |= Q(candidate__name=name.strip())
    rows = access.visible(actor, Sitting, SEE).filter(
        Q(ticket_no__iexact=key) | Q(candidate__student_no__iexact=key) | by_person
    )
    found = list(
        rows.select_related(
            "candidate", "paper", "site_unit__site", "site_unit__unit__plan", "room_session__room"
        ).order_by("-site_unit__starts_at", "pk")[: FOUND * 3]
    )
    found = [s for s in found if s.candidate.name != name or s.candidate.id_no[-4:].upper() == last4.upper()]
    return _with_client(actor, found[:FOUND], now)


def _with_client(actor: Actor, sittings: list[Sitting], now: datetime) -> list[SittingLine]:
    """Each sitting with its latest login, its session, its latest refusal and its locks."""
    of = {"sitting__in": sittings}
    logins = {row.sitting_id: row for row in ClientLogin.objects.filter(**of).order_by("created_at")}
    refusals = {row.sitting_id: row for row in RefusedLogin.objects.filter(**of).order_by("at")}
    sessions = {row.sitting_id: row for row in ClientSession.objects.filter(**of, superseded_at=None)}
    locked = ticket_locks.standing(tickets={s.ticket_no for s in sittings}, now=now) if sittings else []
    unlockable = set(
        access.visible(actor, Sitting, "account.unlock")
        .filter(pk__in=[s.pk for s in sittings])
        .values_list("pk", flat=True)
        if locked
        else ()
    )
    return [
        SittingLine(
            sitting=sitting,
            login=logins.get(sitting.pk),
            session=sessions.get(sitting.pk),
            refused=refusals.get(sitting.pk),
            locks=[lock for lock in locked if lock.ticket_no == sitting.ticket_no],
            can_unlock=sitting.pk in unlockable,
        )
        for sitting in sittings
    ]


def _machines(actor: Actor, key: str, now: datetime) -> list[Machine]:
    reports = access.visible(actor, MachineReport, SEE).filter(machine_id__iexact=key)
    sessions = access.visible(actor, ClientSession, SEE).filter(machine_id__iexact=key)
    refusals = access.visible(actor, RefusedLogin, SEE).filter(machine_id__iexact=key)
    report = reports.select_related("site").order_by("-at").first()
    session = (
        sessions.select_related(
            "sitting__candidate", "sitting__site_unit__site", "sitting__room_session__room"
        )
        .order_by("-last_seen_at")
        .first()
    )
    refused = refusals.select_related("site").order_by("-at").first()
    known = report or session or refused
    if known is None:
        return []
    machine_id = known.machine_id
    locked = ticket_locks.standing(machines=[machine_id], now=now)
    return [Machine(machine_id, report, session, refused, locked)]


def _sites(actor: Actor, key: str) -> list[ExamSite]:
    rows = access.visible(actor, ExamSite, SEE).filter(Q(name__icontains=key) | Q(code__iexact=key))
    return list(
        rows.select_related("branch")
        .annotate(
            room_count=Count("rooms", distinct=True),
            addresses=Count("public_addresses", filter=Q(public_addresses__removed_at=None), distinct=True),
        )
        .order_by(F("code"))[:FOUND]
    )
