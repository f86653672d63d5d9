"""What is known of people's phones, for whoever helps them in: account, certificate, last try, device, version (C5, C7)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from exam_ops.core.locks import locks
from exam_ops.core.models import Device, ProctorProfile, User
from exam_ops.rules.equipment import Problem
from exam_ops.rules.versions import PLATFORM_NAMES
from verification.models import DeviceAdmission, LoginTry
from verification.selectors import admissions
from verification.selectors.releases import Phone, Table

PASSED = "passed"  # how a try ended that was not refused


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """One person's account and the phone last tried with; texts are empty while nobody has tried.

    `certified` is None for whoever is no proctor. `outcome` is `passed` or the code of the refusal.
    `problems` are the rules that the phone and its App fail as they stand now; `checked_at` (real) is
    when the phone last described itself.
    """

    locked_until: datetime | None = None
    certified: bool | None = None
    outcome: str = ""
    tried_at: datetime | None = None
    device_id: str = ""
    platform: str = ""  # its name, as people write it
    model: str = ""
    os_version: str = ""
    memory_mb: int | None = None
    app_version: str = ""
    problems: list[Problem] = field(default_factory=list)
    checked_at: datetime | None = None

    @property
    def is_locked(self) -> bool:
        return self.locked_until is not None


def facts_of(users: Iterable[User], *, now: datetime) -> dict[int, PhoneFacts]:
    """The facts of people by primary key, in four statements however many they are."""
    people = list(users)
    locked = locks([user.username for user in people], now=now)
    profiles = ProctorProfile.objects.filter(user__in=people)
    certified = {p.user_id: p.is_certified for p in profiles.only("user_id", "status")}
    tries = {row.user_id: row for row in LoginTry.objects.filter(user__in=people).order_by("at", "pk")}
    table = Table.at(now)
    return {
        user.pk: _facts(
            tries.get(user.pk),
            locked[user.username].until if user.username in locked else None,
            certified.get(user.pk),
            table,
        )
        for user in people
    }


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """One phone of a person as support sees it; `outcome` and `at` are of the last try (real time).

    `problems` are the rules that phone and App fail now; `may_help` whether letting the phone in would help.
    """

    device_id: str
    platform: str
    app_version: str
    os_version: str
    model: str
    memory_mb: int | None
    outcome: str
    at: datetime
    problems: list[Problem]
    may_help: bool
    admissions: list[DeviceAdmission]


def phones_of(users: Iterable[User], *, now: datetime) -> dict[int, list[PhoneLine]]:
    """The phones that people have or tried, newest first, by account; in four statements."""
    people, table = list(users), Table.at(now)
    admitted = admissions.standing(people, now=now)
    tries = LoginTry.objects.filter(user__in=people)
    seen: dict[tuple[int, str], Device | LoginTry] = {
        (row.user_id, row.device_id): row for row in Device.objects.filter(user__in=people)
    }
    seen |= {(row.user_id, row.device_id): row for row in tries}
    found: dict[int, list[PhoneLine]] = {user.pk: [] for user in people}
    for key, row in seen.items():
        found[key[0]].append(_line(row, table, admitted.get(key, [])))
    return {pk: sorted(lines, key=lambda line: line.at, reverse=True) for pk, lines in found.items()}


def phone_of(row: Device | LoginTry) -> Phone:
    """The phone as it described itself then."""
    return Phone(
        platform=row.platform,
        app_version=row.app_version,
        os_version=row.os_version,
        model=row.model or None,
        memory_mb=row.memory_mb,
        form_factor=row.form_factor,
    )


def _line(row: Device | LoginTry, table: Table, admitted: list[DeviceAdmission]) -> PhoneLine:
    verdict = table.judge(phone_of(row))
    return PhoneLine(
        device_id=row.device_id,
        platform=PLATFORM_NAMES.get(row.platform, row.platform),
        app_version=row.app_version,
        os_version=row.os_version,
        model=row.model,
        memory_mb=row.memory_mb,
        outcome=row.outcome if isinstance(row, LoginTry) else PASSED,
        at=row.at if isinstance(row, LoginTry) else row.seen_at,
        problems=verdict.problems,
        may_help=bool(verdict.of_the_phone) and not verdict.beyond_support,
        admissions=admitted,
    )


def _facts(
    row: LoginTry | None, locked_until: datetime | None, certified: bool | None, table: Table
) -> PhoneFacts:
    if row is None:
        return PhoneFacts(locked_until, certified)
    return PhoneFacts(
        locked_until=locked_until,
        certified=certified,
        outcome=row.outcome,
        tried_at=row.at,
        device_id=row.device_id,
        platform=PLATFORM_NAMES.get(row.platform, row.platform),
        model=row.model,
        os_version=row.os_version,
        memory_mb=row.memory_mb,
        app_version=row.app_version,
        problems=table.judge(phone_of(row)).problems,
        checked_at=row.at,
    )
