"""A morning for races: sites with three deciders, rooms with two proctors and their phones, full of candidates.

Laid by the set. Nobody here exists.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from exam_ops.core import schedule
from exam_ops.core.models import (
    AccessToken,
    Candidate,
    Delegation,
    Device,
    ExamRoom,
    ExamSite,
    Membership,
    Paper,
    ProctorProfile,
    RoomSession,
    RosterRow,
    SiteUnit,
    Sitting,
    TimeUnit,
    User,
)
from exam_ops.rules.entry import Entry
from exam_ops.rules.permissions import Role
from tests.faults import nation
from tests.faults.doors.calls import Asked
from verification.models import EntryRequest

ENTRY = timedelta(minutes=30)  # before and after the start
LENGTH = timedelta(minutes=90)
LEAD, SECOND = "lead", "second"
LENT_EVERY = 3  # one room in so many whose lead has the chief's power too


@dataclass
class Room:
    """One room session; instants in seconds since 1970. The first of the two proctors leads."""

    session: int
    site_unit: int
    opens: float
    closes: float
    people: list[int]
    proctors: list[str]
    deciders: list[str]
    chosen: set[int] = field(default_factory=set)

    def take(self, count: int) -> list[int]:
        """The next people who are in no race yet; fewer when the room is nearly empty."""
        taken = [pk for pk in self.people if pk not in self.chosen][:count]
        self.chosen.update(taken)
        return taken


def lay(
    code: str, starts: Sequence[datetime], *, rooms: int, people: int, now: datetime
) -> tuple[list[Room], dict[str, str]]:
    """A site for each of `starts`, with so many rooms and people a room; returns rooms and tokens by user name."""
    plan = nation._plan(code)
    paper = Paper.objects.create(plan=plan, number="3105", name="示例课程三", minutes=90)
    unit = TimeUnit.objects.create(
        plan=plan, code="U1", name="第1单元", start=min(starts), end=max(starts) + LENGTH
    )
    sites = nation.places(code, len(starts))
    site_units = schedule.create(
        [
            SiteUnit(site=site, unit=unit, start=start, end=start + LENGTH, paper_minutes=[90])
            for site, start in zip(sites, starts, strict=True)
        ],
        plan,
        now=now,
    )
    deciders = _deciders(sites, now)
    sessions = _sessions(site_units, rooms, people)
    seated = _seat(sessions, people, paper, code)
    proctors, tokens = _proctors(sessions, now)
    for names in deciders.values():
        tokens |= _office_tokens(names)
    return [
        Room(
            session.pk,
            session.site_unit_id,
            session.site_unit.entry_opens_at.timestamp(),
            session.site_unit.entry_closes_at.timestamp(),
            seated[session.pk],
            proctors[session.pk],
            deciders[session.site_unit.site_id],
        )
        for session in sessions
    ], tokens


def _deciders(sites: Sequence[ExamSite], now: datetime) -> dict[int, list[str]]:
    """The chief, a second one, and the site administrator to whom that one has lent the power this morning."""
    found: dict[int, list[str]] = {}
    for site in sites:
        chief, deputy = f"{site.code}-{Role.CHIEF}", f"{site.code}-{Role.SITE}"
        second = User.objects.create(username=f"{chief}2", name=f"{site.code} chief2")
        Membership.objects.create(user=second, role=Role.CHIEF, site=site)
        _lend(site, second, User.objects.get(username=deputy), now)
        found[site.pk] = [chief, second.username, deputy]
    return found


def _lend(site: ExamSite, chief: User, deputy: User, now: datetime) -> None:
    Delegation.objects.create(
        site=site,
        deputy=deputy,
        granted_by=chief,
        granted_at=now,
        valid_from=now - timedelta(hours=1),
        valid_until=now + timedelta(hours=12),
        reason="x",
    )


def _office_tokens(names: Sequence[str]) -> dict[str, str]:
    return {
        u.username: AccessToken.objects.create(user=u)[1] for u in User.objects.filter(username__in=names)
    }


def _sessions(site_units: Sequence[SiteUnit], rooms: int, people: int) -> list[RoomSession]:
    made = ExamRoom.objects.bulk_create(
        [ExamRoom(site=s.site, room_no=f"{n}", seats=people) for s in site_units for n in range(rooms)]
    )
    return RoomSession.objects.bulk_create(
        [
            RoomSession(site_unit=site_unit, room=room, registered=people)
            for number, site_unit in enumerate(site_units)
            for room in made[number * rooms : (number + 1) * rooms]
        ]
    )


def _seat(sessions: Sequence[RoomSession], people: int, paper: Paper, code: str) -> dict[int, list[int]]:
    candidates = Candidate.objects.bulk_create(
        [
            Candidate(student_no=f"{code}-{s.pk}-{n}", name=f"考生{n}", id_no="", id_no_index="")
            for s in sessions
            for n in range(people)
        ],
        batch_size=2000,
    )
    rows = Sitting.objects.bulk_create(
        [
            Sitting(
                candidate=person,
                paper=paper,
                site_unit=sessions[n // people].site_unit,
                room_session=sessions[n // people],
                seat_no=f"{n % people + 1:03d}",
                ticket_no=person.student_no,
            )
            for n, person in enumerate(candidates)
        ],
        batch_size=2000,
    )
    seated: dict[int, list[int]] = {s.pk: [] for s in sessions}
    for row in rows:
        seated[row.room_session_id or 0].append(row.pk)
    return seated


def _proctors(sessions: Sequence[RoomSession], now: datetime) -> tuple[dict[int, list[str]], dict[str, str]]:
    """Two of each room, checked, each with a phone and its token."""
    pairs = [(s, position) for s in sessions for position in (LEAD, SECOND)]
    users = User.objects.bulk_create(
        [User(username=f"door-{s.pk}-{position}", name=f"door {s.pk} {position}") for s, position in pairs]
    )
    rostered = list(zip(pairs, users, strict=True))
    Membership.objects.bulk_create(
        [Membership(user=u, role=Role.PROCTOR, site=s.site_unit.site) for (s, _), u in rostered]
    )
    ProctorProfile.objects.bulk_create(
        [
            ProctorProfile(user=u, site=s.site_unit.site, status="certified", source="person")
            for (s, _), u in rostered
        ]
    )
    RosterRow.objects.bulk_create(
        [
            RosterRow(room_session=s, proctor=u, position=position, checked_at=now)
            for (s, position), u in rostered
        ]
    )
    devices = Device.objects.bulk_create(
        [
            Device(
                user=u, device_id=f"phone-{u.username}", platform="android", app_version="4.0.0", seen_at=now
            )
            for u in users
        ]
    )
    for (session, position), user in rostered:  # one proctor in some may decide, but never on an own request
        if position == LEAD and session.pk % LENT_EVERY == 0:
            site = session.site_unit.site
            _lend(site, User.objects.get(username=f"{site.code}-{Role.CHIEF}"), user, now)
    tokens = {d.user.username: AccessToken.objects.create(user=d.user, device=d)[1] for d in devices}
    names = {s.pk: [u.username for u in users[2 * n : 2 * n + 2]] for n, s in enumerate(sessions)}
    return names, tokens


def ask(
    room: Room, sittings: Sequence[int], status: str, die: random.Random, *, now: datetime
) -> list[Asked]:
    """Requests of the room's proctors for these people, waiting or decided, with what they change."""
    users = User.objects.in_bulk([*room.proctors, *room.deciders], field_name="username")
    rejected = status == EntryRequest.Status.REJECTED
    asked = [
        Asked(
            str(uuid.UUID(int=die.getrandbits(128), version=4)),
            pk,
            die.choice(room.proctors),
            "证件与本人一致",
            status,
            room.deciders[0] if rejected else "",
        )
        for pk in sittings
    ]
    EntryRequest.objects.bulk_create(
        EntryRequest(
            id=a.id,
            sitting_id=a.sitting,
            room_session_id=room.session,
            site_unit_id=room.site_unit,
            requester=users[a.by],
            reason=EntryRequest.Reason.FACE_CHECK_FAILED,
            documents_checked=True,
            note=a.note,
            status=a.status,
            requested_at=now,
            decided_by=users[a.decided_by] if rejected else None,
            decided_at=now if rejected else None,
        )
        for a in asked
    )
    stands = Entry.REJECTED if rejected else Entry.PENDING
    Sitting.objects.filter(pk__in=list(sittings)).update(entry_status=stands, entry_moved_at=now)
    session = RoomSession.objects.get(pk=room.session)
    setattr(session, stands, getattr(session, stands) + len(asked))
    session.save(update_fields=[stands])
    return asked
