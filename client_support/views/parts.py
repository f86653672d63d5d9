"""What the fragments of the exam client's board are given: counts, rooms as their seats, candidates, request cards."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from client_support.models import ClientLogin, ClientSession
from client_support.selectors.board import Board, Room, Seat, State
from client_support.views import words
from exam_ops.core.models import SiteUnit


def address_of(site_unit: SiteUnit, **query: str) -> str:
    """The address of a site unit's board."""
    unit = site_unit.unit
    chosen = {"plan": unit.plan.code, "unit": unit.code, "site": site_unit.site.code} | {
        k: v for k, v in query.items() if v
    }
    return f"{reverse('client-board')}?{urlencode(chosen)}"


def request_cards(queue: Iterable[ClientLogin], site_unit: SiteUnit) -> list[dict[str, Any]]:
    """The logins that wait, each beside the machine that its candidate came from."""
    sittings = [login.sitting_id for login in queue]
    live = ClientSession.objects.filter(sitting__in=sittings, superseded_at=None)
    before = {session.sitting_id: session.machine_id for session in live}
    return [_request_card(login, site_unit, before.get(login.sitting_id, "")) for login in queue]


def is_room(room: Room, asked: str) -> bool:
    """Whether the reader asked for this room, or for none."""
    return not asked or (room.session.room.room_no if room.session else "-") == asked


def counts(found: Board, site_unit: SiteUnit, asked: dict[str, str]) -> list[dict[str, Any]]:
    """The figures of the board, each a filter."""
    counts = found.counts
    return [
        {
            "key": state.value,
            "label": words.STATES[state],
            "value": counts[state],
            "url": address_of(
                site_unit, room=asked["room"], show="" if asked["show"] == state else state.value
            ),
            "active": asked["show"] == state,
            "tone": words.LOOKS[state] if counts[state] else "",
        }
        for state in (State.REFUSED, State.WAITING, State.OFFLINE, State.NONE, State.IN, State.SUBMITTED)
    ]


def room_row(room: Room, site_unit: SiteUnit, show: str) -> dict[str, Any]:
    """One room for `ui/_room.html`."""
    number = room.session.room.room_no if room.session else "-"
    counts = room.counts
    done = len(room.seats) - counts[State.NONE] - counts[State.REFUSED] - counts[State.WAITING]
    name = _("%(number)s考场") % {"number": number} if room.session else _("未编考场")
    chips = [
        {"state": words.LOOKS[s], "label": words.STATES[s], "count": counts[s]}
        for s in State
        if counts[s] and s is not State.IN
    ]
    return {
        "name": name,
        "place": room.session.room.place if room.session else "",
        "url": address_of(site_unit, room=number, show=show),
        "tone": "trouble" if counts[State.REFUSED] else "watch" if room.is_troubled else "",
        "seats": [{"state": words.LOOKS[s.state], "label": _label(s)} for s in room.seats],
        "aria": f"{name} " + "，".join(f"{words.STATES[s]} {counts[s]}" for s in State if counts[s]),
        "chips": chips or [{"state": "in", "label": _("全部登录"), "count": None}],
        "note": _notes(room),
        "done": done,
        "total": len(room.seats),
    }


def _label(seat: Seat) -> str:
    return f"{_seat_no(seat.sitting.seat_no)} {seat.sitting.candidate.name} {words.STATES[seat.state]}"


def _seat_no(number: str) -> str:
    return _("%(number)s号") % {"number": number}


def _notes(room: Room) -> str:
    said = Counter(
        note
        for seat in room.seats
        if seat.state in (State.REFUSED, State.WAITING) and (note := words.about(seat))
    )
    return " · ".join(f"{note} {number}" for note, number in said.most_common(2))


def seat_row(seat: Seat, site_unit: SiteUnit) -> dict[str, Any]:
    """One candidate of the filtered list."""
    plan, session = site_unit.unit.plan, seat.session
    refusal = seat.refusal
    return {
        "sitting": seat.sitting,
        "state": words.LOOKS[seat.state],
        "label": words.STATES[seat.state],
        "about": words.about(seat),
        "machine": seat.machine_id,
        "version": session.login.client_version
        if session
        else seat.login.client_version
        if seat.login
        else "",
        "seen_ip": refusal.seen_ip if refusal and refusal.code == "outside_site_ip" else "",
        "loaded_at": session.paper_loaded_at if session else None,
        "seen_at": plan.plan_time(session.last_seen_at) if session else None,
        "tone": "trouble"
        if seat.state is State.REFUSED
        else "watch"
        if seat.state in (State.WAITING, State.OFFLINE)
        else "",
    }


def _request_card(login: ClientLogin, site_unit: SiteUnit, old: str) -> dict[str, Any]:
    sitting = login.sitting
    session = sitting.room_session
    room = _("%(number)s考场") % {"number": session.room.room_no} if session else _("未编考场")
    return {
        "id": login.pk,
        "name": sitting.candidate.name,
        "place": f"{room} · {_seat_no(sitting.seat_no)}",
        "ticket": sitting.ticket_no,
        "machine": login.machine_id,
        "old": old,
        "is_same": old == login.machine_id,
        "nth": login.nth,
        "since": site_unit.unit.plan.plan_time(login.created_at),
        "reason": words.reason_of(old, login.machine_id),
        "dialog": f"deny-{login.pk}",
    }
