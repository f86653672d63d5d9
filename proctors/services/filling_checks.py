"""What stands against many places of rosters at once; the rules of a single change, by the set (C8, reading 25).

`placing.against` asks the same of one change. Here all moves are made together, so that two proctors may change
rooms, and a fixed number of statements does for 1,600 places.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exam_ops.core.errors import Refusal
from exam_ops.core.models import ExamPlan, Membership, RoomSession, RosterRow, User
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from proctors.models import ProctorChange
from proctors.selectors.busy import same_clock
from proctors.selectors.changes import certified_among
from proctors.selectors.recusals import recused
from proctors.services import placing
from proctors.services.asking import AlreadyPending

Status = ProctorChange.Status
Places = dict[tuple[int, str], int]  # (room session, position) → account


class NotOfTheSite(Refusal):
    code, status = "unknown_proctor", 422
    title = Text("不是本考点的监考教师", "Not a proctor of the site")
    sentence = Text(
        "{name} 不是本考点的监考教师。请换一位，或先为其添加本考点的监考教师角色。",
        "{name} is not a proctor of this site. Choose somebody else, or give them the role at this site first.",
    )


@dataclass(frozen=True, slots=True)
class Move:
    """One place of a roster: who comes (None: it is emptied), and who stands there now and goes.

    `session` comes with its room, site unit, unit, plan and site.
    """

    session: RoomSession
    position: str
    incoming: int | None
    outgoing: int | None = None

    @property
    def place(self) -> tuple[int, str]:
        return self.session.pk, self.position


@dataclass(frozen=True, slots=True)
class _Duty:
    """When and where somebody is held."""

    start: datetime
    end: datetime
    session: RoomSession

    def meets(self, session: RoomSession) -> bool:
        there = session.site_unit
        return self.start < there.ends_at and there.starts_at < self.end


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the moves are judged by; `after`: who stands in each room session once all are made."""

    users: Mapping[int, User]
    certified: set[int]
    of_site: set[tuple[int, int]]  # (account, site)
    kept_away: set[tuple[int, int]]  # (account, room session)
    standing: Places
    after: Mapping[int, set[int]]
    waiting: set[tuple[int, str]]
    held: Mapping[int, list[_Duty]]


def against_all(moves: Sequence[Move], *, together: bool = True, now: datetime) -> dict[int, Refusal]:
    """What stands against each move, by its number in `moves`.

    `together`: all of them are made at once, and whoever goes is gone; else each waits for the branch, and
    everybody stands where they stand.
    """
    facts = _facts(moves, together, now)
    found: dict[int, Refusal] = {}
    for number, move in enumerate(moves):
        if refusal := _against_place(move, facts) or _against_person(move, facts):
            found[number] = refusal
        elif move.incoming is not None:
            there = move.session.site_unit
            facts.held[move.incoming].append(_Duty(there.starts_at, there.ends_at, move.session))
    return found


def _against_place(move: Move, facts: _Facts) -> Refusal | None:
    if facts.standing.get(move.place) != move.outgoing:
        return placing.RosterChanged()
    if move.place in facts.waiting:
        return AlreadyPending()
    if move.incoming is None and not facts.after[move.session.pk] & facts.certified:
        return placing.LastProctor()
    return None


def _against_person(move: Move, facts: _Facts) -> Refusal | None:
    if move.incoming is None:
        return None
    user = facts.users[move.incoming]
    if (user.pk, move.session.site_unit.site_id) not in facts.of_site:
        return NotOfTheSite(name=user.name)
    if user.pk not in facts.certified:
        return placing.ProctorNotCertified(name=user.name)
    if (user.pk, move.session.pk) in facts.kept_away:
        return placing.ProctorRecused(name=user.name)
    duty = next((duty for duty in facts.held[user.pk] if duty.meets(move.session)), None)
    return placing.ProctorBusy(user, duty.session) if duty else None


def _facts(moves: Sequence[Move], together: bool, now: datetime) -> _Facts:
    coming = {m.incoming for m in moves if m.incoming is not None}
    standing = _standing(moves)
    after = _after(standing, moves)
    return _Facts(
        users=User.objects.in_bulk(coming),
        certified=certified_among(coming.union(*after.values())),
        of_site=_of_sites(coming, moves),
        kept_away=recused(coming, {m.session.pk for m in moves}),
        standing=standing,
        after=after,
        waiting=_waiting(moves, now),
        held=_held(moves, coming, together, now),
    )


def _after(standing: Places, moves: Sequence[Move]) -> dict[int, set[int]]:
    places: dict[tuple[int, str], int | None] = {**standing, **{m.place: m.incoming for m in moves}}
    found: dict[int, set[int]] = defaultdict(set)
    for (room, _), who in places.items():
        if who is not None:
            found[room].add(who)
    return found


def _of_sites(people: Iterable[int], moves: Sequence[Move]) -> set[tuple[int, int]]:
    """Pairs (account, site) of active proctors."""
    rows = Membership.objects.filter(
        role=Role.PROCTOR,
        user__in=list(people),
        user__is_active=True,
        site__in={m.session.site_unit.site_id for m in moves},
    )
    return set(rows.values_list("user_id", "site_id"))


def _standing(moves: Sequence[Move]) -> Places:
    rows = RosterRow.objects.filter(room_session__in={m.session.pk for m in moves})
    return {
        (room, position): who
        for room, position, who in rows.values_list("room_session_id", "position", "proctor_id")
    }


def _waiting(moves: Sequence[Move], now: datetime) -> set[tuple[int, str]]:
    rows = ProctorChange.objects.filter(
        room_session__in={m.session.pk for m in moves}, status=Status.PENDING, window_until__gt=now
    )
    return set(rows.values_list("room_session_id", "position"))


def _held(
    moves: Sequence[Move], people: Iterable[int], together: bool, now: datetime
) -> dict[int, list[_Duty]]:
    """What holds each of `people` around the moves, once those who go have gone; a clock at a time."""
    found: dict[int, list[_Duty]] = defaultdict(list)
    by_clock: dict[int, list[Move]] = defaultdict(list)
    for move in moves:
        plan = move.session.site_unit.unit.plan
        by_clock[plan.pk if plan.is_drill else 0].append(move)
    leaving = {(m.session.pk, m.outgoing) for m in moves if together and m.outgoing is not None}
    for those in by_clock.values():
        for who, session in _duties(those, list(people), now):
            if (session.pk, who) not in leaving:
                there = session.site_unit
                found[who].append(_Duty(there.starts_at, there.ends_at, session))
    return found


def _duties(moves: Sequence[Move], people: list[int], now: datetime) -> list[tuple[int, RoomSession]]:
    """Who stands, or would stand by a waiting change, in which room while the moves' units run."""
    plan: ExamPlan = moves[0].session.site_unit.unit.plan
    first = min(m.session.site_unit.starts_at for m in moves)
    last = max(m.session.site_unit.ends_at for m in moves)
    related = ("room_session__site_unit__site", "room_session__room")
    rows = RosterRow.objects.filter(
        same_clock(plan, "room_session__site_unit__"),
        proctor__in=people,
        room_session__site_unit__starts_at__lt=last,
        room_session__site_unit__ends_at__gt=first,
    ).select_related(*related)
    asked = ProctorChange.objects.filter(
        same_clock(plan, "site_unit__"),
        incoming__in=people,
        status=Status.PENDING,
        window_until__gt=now,
        site_unit__starts_at__lt=last,
        site_unit__ends_at__gt=first,
    ).select_related(*related)
    found = [(row.proctor_id, row.room_session) for row in rows]
    return found + [(c.incoming_id, c.room_session) for c in asked if c.incoming_id is not None]
