"""The proctor's one room on a phone (E6): no menus; roster by seat, 未签到 first, and what can be done about each."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access, wanted
from exam_ops.core.errors import NotFound
from exam_ops.core.examclock import exam_clock
from exam_ops.core.language import say
from exam_ops.core.models import RoomSession, Sitting
from exam_ops.core.pages import Page
from exam_ops.rules.catalogue import INCIDENT_TYPES
from exam_ops.rules.entry import Entry
from incidents.models import EvidenceDuty
from verification.models import EntryRequest, PhotoCheck
from verification.selectors import phone_pages, rooms
from verification.selectors.board_marks import own_room_mark
from verification.selectors.presence import asking, is_ticked, presence_of, unsigned
from verification.services.phone_pages import as_proctor
from verification.views import words
from verification.views.live import LivePage

ROOMS = RoomSession.objects.select_related("site_unit__site", "site_unit__unit__plan", "room")
KEPT_UNTIL = "X-Kept-Until"  # until when a phone may keep the page, as a real instant

FIRST = (Entry.NOT_SIGNED_IN, Entry.REJECTED, Entry.PENDING, Entry.ABSENT, Entry.APPROVED, Entry.SIGNED_IN)
"""The order of the roster: who is not in comes first, each group by seat."""

REPORTED_FROM_A_ROOM = (
    *("IDV-04", "IDV-05", "IDV-03", "IDV-09", "IDV-01", "IDV-10"),
    *("NET", "PWR", "CLI-01", "CLI-05", "HLT", "ORD"),
)
"""The short list of a phone; the whole catalogue stands on 上报事件."""

NOT_ASKED = {"is_asked": False, "answer": "", "is_ticked": False}
PASSED = Entry.SIGNED_IN, Entry.APPROVED


class ProctorRooms(Page):
    """The way to the room of now; several: a choice; none: what is missing, in words (C11)."""

    action = "entry.request"
    template = "phone/rooms.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        as_proctor(self.actor)
        found = phone_pages.rooms_of_now(self.actor, now=self.now)
        if len(found) == 1:
            return redirect("phone-room", pk=found[0].pk)
        refusal = None if found else phone_pages.missing_duty(self.actor, now=self.now)
        if refusal is not None:
            wanted.note(refusal, self.actor, now=self.now)
        context = {
            "start": "room",
            "rooms": [_choice(room) for room in found],
            "refusal": refusal,
        }
        return self.show(context, status=403 if refusal else 200)


class ProctorRoom(LivePage):
    """The page; its middle is polled at `ProctorRoomLive`. A phone keeps both until the unit's end."""

    action = "entry.request"
    template = "phone/room.html"
    fragment = "phone/_room.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        session = self._find(pk)
        plan, site_unit = session.site_unit.unit.plan, session.site_unit
        self.about(plan)
        frame = {
            "start": "room",
            "clock": exam_clock(site_unit, plan, self.now),
            "kinds": [(code, INCIDENT_TYPES[code].title) for code in REPORTED_FROM_A_ROOM],
            "reasons": list(words.REASONS.items()),
            "tips": [say(tip) for tip in rooms.TIPS],
            "report_url": _report_url(session),
        }
        response = self.page(frame | self.drawn(session))
        response[KEPT_UNTIL] = site_unit.ends_at.isoformat()
        response["X-Clock-Now"] = plan.plan_time(self.now).isoformat()
        return response

    def _find(self, pk: int) -> RoomSession:
        as_proctor(self.actor)
        return access.get(self.actor, RoomSession, self.action, rows=ROOMS, pk=pk)

    def drawn(self, session: RoomSession) -> dict[str, Any]:
        site_unit = session.site_unit
        plan = site_unit.unit.plan
        is_open = site_unit.entry_opens_at <= self.now < site_unit.entry_closes_at
        asked = phone_pages.last_requests(session, now=self.now)
        roster = sorted(
            rooms.roster_of(session, now=self.now),
            key=lambda s: (FIRST.index(s.effective), s.seat_no, s.pk),  # type: ignore[attr-defined]
        )
        answers = self._answers(session)
        people = [self._person(s, asked.get(s.pk), is_open) | answers.get(s.pk, NOT_ASKED) for s in roster]
        return {
            "session": session,
            "site": site_unit.site,
            "unit_name": words.unit_words(site_unit.unit),
            "room_name": words.room_name(session.room.room_no),
            "live_url": reverse("phone-room-live", args=[session.pk]),
            "people": people,
            "counts": _counts(people),
            "owed": EvidenceDuty.objects.filter(
                room_session=session, status=EvidenceDuty.Status.OPEN
            ).count(),
            "evidence_closes": words.laid_hour(plan, site_unit.evidence_closes_at),
            "photo_doubts": PhotoCheck.objects.filter(room_session=session, doubted=True).count(),
            "unanswered": [p["pk"] for p in people if p["is_asked"] and not (p["answer"] or p["is_ticked"])],
            "is_asking": any(p["is_asked"] for p in people),
            "is_open": is_open,
            "is_ahead": self.now < site_unit.entry_opens_at,
            "opens": words.laid_hour(plan, site_unit.entry_opens_at),
            "closes": words.laid_hour(plan, site_unit.entry_closes_at),
        }

    def _answers(self, session: RoomSession) -> dict[int, dict[str, Any]]:
        """Who of the 未签到 is to be called present or not here (C6), and what was said of them."""
        if not asking([session])[session.pk].is_open(self.now):
            return {}
        rows = unsigned(Sitting.objects.filter(room_session=session), now=self.now)
        said = {row.pk: (presence_of(row), is_ticked(row)) for row in rows}
        return {
            pk: {"is_asked": True, "answer": found.answer if found else "", "is_ticked": ticked}
            for pk, (found, ticked) in said.items()
        }

    def _person(self, sitting: Sitting, asked: EntryRequest | None, is_open: bool) -> dict[str, Any]:
        state: Entry = Entry(sitting.effective)  # type: ignore[attr-defined]
        colour, label = words.STATES[state]
        again = state is Entry.REJECTED and asked is not None and asked.attempt == 1
        return {
            "pk": sitting.pk,
            "name": sitting.candidate.name,
            "seat": sitting.seat_no,
            "ticket_end": sitting.ticket_no[-4:],
            "state": colour,
            "label": label,
            "status": state.value,
            "emergency": sitting.emergency,
            "held_over": sitting.held_over,
            "manual_check": sitting.manual_check,
            "is_missing": state is Entry.NOT_SIGNED_IN,
            "photo_url": reverse("file-photo", args=["reference", sitting.pk])
            if sitting.candidate.photo
            else "",
            "may_ask": is_open and (state is Entry.NOT_SIGNED_IN or again),
            "line": _line(asked) if asked is not None and state not in PASSED else "",
        }


class ProctorRoomLive(ProctorRoom):
    """The polled middle: 304 as long as nothing of the room has changed."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        mark = own_room_mark(self.actor, self.action, pk, now=self.now)
        if mark is None:
            self._find(pk)  # says why not
            raise NotFound()
        about = (("room_session", str(pk)),)
        response = self.poll(mark, mark["offset"], lambda: self.drawn(self._find(pk)), about=about)
        response[KEPT_UNTIL] = mark["ends_at"].isoformat()
        return response


COUNTED = (
    ("none", _("未签到"), {Entry.NOT_SIGNED_IN}),
    ("pending", _("待审批"), {Entry.PENDING}),
    ("in", _("已签到"), {Entry.SIGNED_IN}),
    ("approved", _("已批准"), {Entry.APPROVED}),
    ("rejected", _("未通过"), {Entry.REJECTED}),
    ("absent", _("缺考"), {Entry.ABSENT}),
)


def _counts(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures of the room; rare ones only where there are any."""
    counted = [
        {"state": colour, "label": label, "value": sum(p["status"] in states for p in people)}
        for colour, label, states in COUNTED
    ]
    return [c for c in counted if c["value"] or c["state"] in ("none", "pending", "in")]


def _line(asked: EntryRequest) -> str:
    """What became of the last request, for the proctor: who asked and waits, or who decided, when, why."""
    plan = asked.room_session.site_unit.unit.plan
    if asked.effective == EntryRequest.Status.PENDING:  # type: ignore[attr-defined]
        return f"{asked.requester.name} · {words.clock_on(plan, asked.requested_at, '%H:%M')}"
    label = str(words.REQUEST_STATES[asked.effective][1])  # type: ignore[attr-defined]
    by = asked.decided_by.name if asked.decided_by else ""
    at = words.clock_on(plan, asked.decided_at, "%H:%M")
    return " · ".join(part for part in (label, by, at, asked.decision_note) if part)


def _choice(room: RoomSession) -> dict[str, Any]:
    site_unit = room.site_unit
    plan = site_unit.unit.plan
    return {
        "url": reverse("phone-room", args=[room.pk]),
        "name": words.room_name(room.room.room_no),
        "site": site_unit.site.name,
        "unit": words.unit_words(site_unit.unit),
        "plan": plan.name,
        "opens": words.laid_hour(plan, site_unit.entry_opens_at),
    }


def _report_url(session: RoomSession) -> str:
    site_unit = session.site_unit
    place = {
        "plan": site_unit.unit.plan.code,
        "unit": site_unit.unit.code,
        "site": site_unit.site.code,
        "room": session.room.room_no,
    }
    return f"{reverse('incident-new')}?{urlencode(place)}"
