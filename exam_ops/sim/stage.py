"""The stage of a morning: accounts, workbook, devices, rooms, and what everybody on it needs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import BoundedSemaphore
from typing import Any

from exam_ops.sim.crowd import Crowd
from exam_ops.sim.http import Portal
from exam_ops.sim.ledger import Ledger
from exam_ops.sim.office import Office
from exam_ops.sim.phone import Phone
from exam_ops.sim.workbook import Book

Id = Any  # ids of the portal go back as they came
LOGINS_AT_ONCE = 2  # a password check costs memory and time on purpose


@dataclass(frozen=True, slots=True)
class Scale:
    """How much a play does. Shares are 0..1 of those present."""

    present: float = 0.76  # of those registered
    failing: float = 0.002  # face failures in ordinary rooms
    photos: float = 0.2  # sign-ins sent with a picture
    clients: float = 0.5  # candidates whose exam client is played
    waves: int = 4  # batches in which a room signs its people in
    threads: int = 6


@dataclass(frozen=True, slots=True)
class Unit:
    """One time unit of the plan, in exam time."""

    code: str
    start: datetime
    end: datetime

    def at(self, minutes: float) -> datetime:
        """So many minutes after the start, before it when negative."""
        return self.start + timedelta(minutes=minutes)

    def to_end(self, minutes: float) -> datetime:
        """So many minutes before the end."""
        return self.end - timedelta(minutes=minutes)

    def label(self, at: datetime) -> str:
        """`T−12`, `T+31`, and near the end `E−5`."""
        if at < self.start:
            return f"T−{-(-(self.start - at).total_seconds() // 60):.0f}"
        if at < self.to_end(16):
            return f"T+{(at - self.start).total_seconds() // 60:.0f}"
        if at < self.end:
            return f"E−{-(-(self.end - at).total_seconds() // 60):.0f}"
        return f"E+{(at - self.end).total_seconds() // 60:.0f}"


@dataclass(slots=True)
class Seat:
    """One sitting of a room. `comes`: will be there; `apart`: a story deals with it; `emergency`: owes evidence."""

    sitting: Id
    ticket_no: str
    name: str
    index: int
    comes: bool
    apart: bool = False
    emergency: bool = False


@dataclass(slots=True)
class Room:
    """One room in one unit, with the phones of its proctors (the lead's first)."""

    site: str
    number: str
    branch: str
    phones: list[Phone]
    session: Id = ""
    seats: list[Seat] = field(default_factory=list)
    can_scan: bool = True
    misses_deadline: bool = False

    @property
    def name(self) -> str:
        return f"{self.site}/{self.number}"

    @property
    def phone(self) -> Phone:
        """The first of its phones that has a network."""
        return self.in_reach[0]

    @property
    def in_reach(self) -> list[Phone]:
        """Its phones that have a network; all of them when none has."""
        return [p for p in self.phones if p.network.is_up] or self.phones

    @property
    def comers(self) -> list[Seat]:
        """Those who come and are nobody's story."""
        return [s for s in self.seats if s.comes and not s.apart]

    def take(self, count: int | None = None) -> list[Seat]:
        """Takes so many (None: all) of the comers out for a story."""
        taken = self.comers[:count]
        for seat in taken:
            seat.apart = True
        return taken


@dataclass
class Stage:
    """Everything that the acts of a play share."""

    plan: str
    accounts: list[dict[str, Any]]
    book: Book
    portal: Portal
    crowd: Crowd
    ledger: Ledger
    say: Callable[[str], None]
    scale: Scale
    seed: int
    phones: dict[str, Phone] = field(default_factory=dict)
    offices: dict[str, Office] = field(default_factory=dict)
    _desk: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(LOGINS_AT_ONCE))

    def rng(self, *names: str) -> Random:
        """Chance that is the same in each play with the same seed, whatever the threads do."""
        return Random(":".join((str(self.seed), *names)))

    def passwords(self, role: str) -> dict[str, str]:
        """User name → password of all accounts of a role."""
        return {a["username"]: a["password"] for a in self.accounts if a["role"] == role}

    def phone(self, username: str) -> Phone | None:
        """The phone of a proctor whose password is known, the same one in every unit."""
        passwords = self.passwords("proctor")
        if username not in passwords:
            return None
        if username not in self.phones:
            self.phones[username] = Phone(
                self.portal, username, passwords[username], rng=self.rng("phone", username)
            )
        return self.phones[username]

    def log_in(self, who: Phone | Office, what: str = "登录") -> bool:
        """Gets a token unless there is one."""
        if who.caller.token:
            return True
        with self._desk:
            return self.ledger.attempt(f"{what} {type(who).__name__}", who.login) is not None

    def office(self, role: str, *, site: str = "", branch: str = "") -> Office | None:
        """Somebody of a role with this scope, signed in; None when no such account is known."""
        for account in self.accounts:
            scope = account.get("scope") or {}
            here = (not site or scope.get("site") == site) and (not branch or scope.get("branch") == branch)
            if account["role"] == role and here:
                return self.office_of(account["username"])
        return None

    def office_of(self, username: str) -> Office | None:
        """The office of an account, signed in; None when it is not known."""
        password = next((a["password"] for a in self.accounts if a["username"] == username), None)
        if password is None:
            return None
        office = self.offices.setdefault(username, Office(self.portal, username, password))
        return office if self.log_in(office) else None

    def has(self, role: str, site: str) -> bool:
        """Whether an account of this role at this site is known."""
        return any(a["role"] == role and (a.get("scope") or {}).get("site") == site for a in self.accounts)

    def look(self) -> datetime:
        """The exam's time, asked of the server."""
        phone = next((p for p in self.phones.values() if p.caller.token and p.network.is_up), None)
        if phone is not None:
            self.ledger.attempt("看时间", lambda: phone.duties(plan=self.plan))
        return self.portal.clock.now()

    def eventually(self, what: str, is_so: Callable[[], bool], *, tries: int = 20) -> bool:
        """Whether something that the portal does by itself comes true within so many seconds."""
        for _ in range(tries):
            if self.ledger.attempt(what, is_so):
                return True
            self.crowd.sleep(1.0)
        return self.ledger.check(what, False, f"not within {tries} s")


def count(stats: Iterable[dict[str, Any]], name: str) -> int:
    """The sum of one figure over rooms."""
    return sum(int(s[name]) for s in stats)
