"""What the fragments of templates/ui/ are given: filters, rooms as their seats."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from exam_ops.core.language import say as in_language
from exam_ops.rules.catalogue import INCIDENT_TYPES
from exam_ops.rules.entry import Entry
from verification.selectors.board_rooms import Room, Seat, Trouble
from verification.selectors.small_figures import BY_KEY
from verification.views import words

OF_ROOMS = frozenset({"staff", "trouble"} | {key for key, small in BY_KEY.items() if small.seat is None})
SHOWN = frozenset(words.STATES) | frozenset(BY_KEY) | OF_ROOMS  # what `?show=` may be
SINGLE = "IDV-02"  # one candidate whose identity is checked by hand
NAMED_AT_MOST = 24  # people listed by name under a room


@dataclass(frozen=True, slots=True)
class Filter:
    """What the address asks to see: a count, a room, a text, the whole queue, picking many."""

    show: str = ""
    room: int | None = None
    text: str = ""
    whole: bool = False
    pick: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> "Filter":
        get = request.GET
        room = get.get("room", "")
        return cls(
            show=get.get("show", "") if get.get("show", "") in SHOWN else "",
            room=int(room) if room.isascii() and room.isdecimal() and len(room) < 19 else None,
            text=get.get("q", "").strip()[:40],
            whole="whole" in get,
            pick="pick" in get,
        )

    def address(self, path: str, **changed: Any) -> str:
        """The address of this view with some of it changed."""
        values = {
            "show": self.show,
            "room": self.room,
            "q": self.text,
            "whole": 1 if self.whole else "",
            "pick": 1 if self.pick else "",
        } | changed
        kept = {name: value for name, value in values.items() if value}
        return f"{path}?{urlencode(kept)}" if kept else path

    @property
    def is_narrow(self) -> bool:
        return bool(self.show or self.room or self.text)

    @property
    def is_of_rooms(self) -> bool:
        """Whether the count that was chosen is one of rooms, not of single candidates."""
        return self.show in OF_ROOMS

    def takes(self, seat: Seat, room: Room | None) -> bool:
        """Whether this candidate is meant."""
        if self.room is not None and (room is None or room.session.pk != self.room):
            return False
        if not self.is_of_rooms and not seat.is_in(self.show):
            return False
        number = room.session.room.room_no.lower() if room else ""
        text = self.text.lower().removesuffix("考场")
        return not self.text or text == number or seat.is_found_by(text)

    def takes_room(self, room: Room) -> bool:
        """Whether the room itself is meant: it holds somebody meant, or phones there hold checks back."""
        if self.show == "gap" and not self.text and (self.room is None or self.room == room.session.pk):
            return room.missing > 0
        if self.is_of_rooms and not _is_room_meant(room, self.show):
            return False
        return any(self.takes(seat, room) for seat in room.seats)


def room_row(room: Room, chosen: Filter, now: datetime) -> dict[str, Any]:
    """Context of `ui/_room.html`, and whom of the room the filter names."""
    session = room.session
    name = words.room_name(session.room.room_no)
    names = chosen.text or (chosen.show and not chosen.is_of_rooms)
    return {
        "pk": session.pk,
        "name": name,
        "place": words.place_in_site(session.room.place, session.site_unit.site.name),
        "url": reverse("sign-in-room", args=[session.pk]),
        "tone": "trouble" if room.is_grave else "watch" if room.troubles else "",
        "seats": _squares(room, chosen),
        "aria": _aria(name, room),
        "chips": _chips(room),
        "note": _note(room, now),
        "done": room.count(Entry.SIGNED_IN) + room.count(Entry.APPROVED),
        "total": len(room.seats),
        "named": named(room.seats, room, chosen) if names else None,
        "staff": _staff(room),
        "photos_url": reverse("room-photos", args=[session.pk]) if room.count("photo_doubt") else "",
    }


def _is_room_meant(room: Room, show: str) -> bool:
    match show:
        case "staff":
            return room.staff.checked < room.staff.rostered
        case "trouble":
            return bool(room.troubles)
        case _:
            return room.small.get(show, 0) > 0


def _staff(room: Room) -> str:
    """监考已核验 n/2; how many there should be is what the roster says."""
    staff = room.staff
    return gettext("监考已核验 %(n)d/%(of)d") % {"n": staff.checked, "of": staff.rostered}


def _squares(room: Room, chosen: Filter) -> list[dict[str, Any]]:
    """The seats of a room, as `ui/_seats.html` wants them; whom the filter does not mean is faded."""
    address, label = sitting_address(), words.seat_labels()
    return [
        {
            "state": f"{words.STATES[seat.state][0]} is-faded"
            if chosen.is_narrow and not chosen.takes(seat, room)
            else words.STATES[seat.state][0],
            "label": label(seat),
            "url": address(seat.sitting_id),
            "number": seat.seat_no,
        }
        for seat in room.seats
    ]


def sitting_address() -> Callable[[int], str]:
    """Where a candidate's page stands: the address is looked up once for a thousand seats."""
    before, _, after = reverse("sitting-detail", args=[0]).rpartition("0")
    return lambda pk: f"{before}{pk}{after}"


def named(seats: Iterable[Seat], room: Room | None, chosen: Filter) -> dict[str, Any]:
    """Those whom a filter means, by name, as far as a line holds them."""
    meant = [seat for seat in seats if chosen.takes(seat, room)]
    shown = meant if len(meant) <= NAMED_AT_MOST else []
    address = sitting_address()
    return {
        "people": [
            {
                "name": seat.name,
                "seat": seat.seat_no,
                "number": seat.student_no,
                "state": words.STATES[seat.state][0],
                "label": words.STATES[seat.state][1],
                "url": address(seat.sitting_id),
            }
            for seat in shown
        ],
        "more": len(meant) - len(shown),
    }


def _aria(name: str, room: Room) -> str:
    said = [f"{label} {room.count(key)}" for key, (_, label) in words.STATES.items() if room.count(key)]
    return gettext("%(room)s，%(n)d 座：%(counts)s") % {
        "room": name,
        "n": len(room.seats),
        "counts": gettext("，").join(said),
    }


_STATE_TONES = frozenset(tone for tone, _ in words.STATES.values())
_CHIPPED = ("pending", "gap", "rejected", "approved", "emergency", "absent", "not_signed_in")


def _chips(room: Room) -> list[dict[str, Any]]:
    """Troubles, then states by how much they ask for, then what is known already."""
    chips = [chip for trouble in words.TROUBLES if (chip := _trouble_chip(room, trouble))]
    for key in _CHIPPED:
        number = room.missing if key == "gap" else room.count(key)
        if number:
            colour, label = words.STATES[key]
            chips.append({"state": colour, "label": label, "count": number})
    for key, small in BY_KEY.items():
        if number := room.count(key):
            url = reverse("room-photos", args=[room.session.pk]) if key == "photo_doubt" else ""
            colour = "state" if small.tone in _STATE_TONES else "tone"
            chips.append({colour: small.tone, "label": small.label, "count": number, "url": url})
    if room.seats and room.count(Entry.SIGNED_IN) == len(room.seats):
        chips.append({"state": "in", "label": gettext("全部签到"), "count": ""})
    if room.incidents:
        chips.append({"tone": "quiet", "label": gettext("未办结事件"), "count": len(room.incidents)})
    return chips


def _trouble_chip(room: Room, trouble: Trouble) -> dict[str, Any] | None:
    """Who failed and has been asked for stands among the pending: no chip for nobody."""
    number = {Trouble.FAILED: room.unasked, Trouble.REFUSED: room.session.refused_logins}.get(trouble, "")
    if trouble not in room.troubles or number == 0:
        return None
    tone, label = words.TROUBLES[trouble]
    return {"tone": tone, "label": label, "count": number}


def _note(room: Room, now: datetime) -> str:
    """One line: what has been reported, where it stands, and how long it has been open.

    The single candidates of IDV-02 are told by their requests, where declining does not look like failing.
    """
    said = []
    incidents = [incident for incident in room.incidents if incident.type != SINGLE]
    for incident in incidents[:2]:
        title = INCIDENT_TYPES[incident.type].title if incident.type in INCIDENT_TYPES else incident.type
        level = words.LEVELS.get(incident.level, "")
        age = words.age_words(now - incident.opened_at)
        said.append(f"{in_language(title)} · {level} {age}")
    if len(incidents) > 2:
        said.append(gettext("另有 %(n)d 起事件") % {"n": len(incidents) - 2})
    if phones := room.not_arrived.phones:
        sentence = ngettext("%(n)d 台手机有签到未到达", "%(n)d 台手机有签到未到达", phones)
        said.append(sentence % {"n": phones})
    return gettext("；").join(said)
