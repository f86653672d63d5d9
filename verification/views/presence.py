"""谁在场: the staff's list of all 未签到 of a room, in one form; and the rooms of a site that are asked (C6)."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.examclock import exam_clock
from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan, RoomSession, SiteUnit, Sitting
from exam_ops.core.pages import Page
from verification.models import Presence
from verification.selectors.presence import (
    Asking,
    asking,
    is_ticked,
    presence_of,
    rooms_asked,
    unsigned,
)
from verification.services import presence
from verification.views import words

Answer = Presence.Answer
ROOMS = RoomSession.objects.select_related("site_unit__site__branch", "site_unit__unit__plan", "room")
REST = "rest"  # the button that answers for all who have no answer yet


class RoomPresence(Page):
    """One room: *present* or *not here* for each, ticked beforehand where a machine or a person has spoken."""

    action = "entry.see"
    template = "verification/room_presence.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._drawn(self._find(pk, self.action))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        session = self._find(pk, presence.ACTION)
        people = list(unsigned(Sitting.objects.filter(room_session=session), now=self.now))
        answers = _answers(people, request.POST)
        if not answers:
            return self._drawn(
                session, sent=request.POST, problem=gettext("请至少为一名考生选择“在场”或“不在场”。")
            )
        try:
            done = presence.mark_room(session, answers, actor=self.actor, now=self.now)
        except Refusal as refusal:
            return self._drawn(session, sent=request.POST, problem=say(refusal.detail), status=refusal.status)
        if done.skipped:
            why = {s.sitting_id: say(s.refusal.detail) for s in done.skipped}
            problem = _told(done, answers)
            return self._drawn(session, sent=request.POST, problem=problem, why=why, status=409)
        self.tell(_told(done, answers))
        return redirect("room-presence", pk)

    def _find(self, pk: int, action: str) -> RoomSession:
        session = access.get(self.actor, RoomSession, action, rows=ROOMS, pk=pk)
        self.about(session.site_unit.unit.plan)
        return session

    def _drawn(
        self,
        session: RoomSession,
        *,
        sent: QueryDict | None = None,
        problem: str = "",
        why: dict[int, str] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        site_unit, plan = session.site_unit, session.site_unit.unit.plan
        asks = asking([session])[session.pk]
        rows = unsigned(Sitting.objects.filter(room_session=session), now=self.now)
        people = [_person(row, plan, asks, self, sent or QueryDict(), why or {}) for row in rows]
        context = {
            "session": session,
            "site_unit": site_unit,
            "site": site_unit.site,
            "unit_name": words.unit_words(site_unit.unit),
            "room_name": words.room_name(session.room.room_no),
            "sees_board": self.actor.may("sign_in.see"),
            "clock": exam_clock(site_unit, plan, self.now),
            "people": people,
            "unanswered": sum(not person["said"] for person in people),
            "problem": problem,
            "may_answer": asks.is_open(self.now)
            and access.refused(self.actor, presence.ACTION, session) is None,
            **_window(asks, plan, self),
        }
        return self.show(context, status=status if problem else 200)


class SitePresence(Page):
    """The rooms of a site that are asked, with how many answers each still owes."""

    action = "sign_in.see"
    template = "verification/site_presence.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = SiteUnit.objects.select_related("site__branch", "unit__plan")
        site_unit = access.get(self.actor, SiteUnit, self.action, rows=rows, pk=pk)
        plan = site_unit.unit.plan
        self.about(plan)
        rooms = rooms_asked(RoomSession.objects.filter(site_unit=site_unit), now=self.now)
        context = {
            "site_unit": site_unit,
            "site": site_unit.site,
            "plan": plan,
            "unit": site_unit.unit,
            "unit_name": words.unit_words(site_unit.unit),
            "clock": exam_clock(site_unit, plan, self.now),
            "rooms": [
                {
                    "name": words.room_name(room.session.room.room_no),
                    "place": room.session.room.place,
                    "url": reverse("room-presence", args=[room.session.pk]),
                    "unanswered": room.unanswered,
                    "present": room.present,
                    "not_here": room.not_here,
                }
                for room in rooms
            ],
            "unanswered": sum(room.unanswered for room in rooms),
            "declare_url": _declare_url(site_unit),
        }
        return self.show(context)


def _declare_url(site_unit: SiteUnit) -> str:
    """Where the site declares the lag: the report of an IDV-04 of the site as a whole."""
    unit = site_unit.unit
    return reverse(
        "incident-new",
        query={"plan": unit.plan.code, "unit": unit.code, "site": site_unit.site.code, "type": "IDV-04"},
    )


def _answers(people: list[Any], sent: QueryDict) -> dict[int, str]:
    """What the form says of candidates of the list; the rest button answers for those it leaves open."""
    found: dict[int, str] = {}
    for sitting in people:
        answer = sent.get(f"answer-{sitting.pk}", "")
        if answer in Answer.values:
            found[sitting.pk] = answer
        elif sent.get(REST) == Answer.NOT_HERE and presence_of(sitting) is None:
            found[sitting.pk] = Answer.NOT_HERE
    return found


def _person(
    sitting: Any, plan: ExamPlan, asks: Asking, page: Page, sent: QueryDict, why: dict[int, str]
) -> dict[str, Any]:
    """A candidate as a line: what was said, else what is ticked beforehand; what was sent stays."""
    said = presence_of(sitting)
    colour, label = words.STATES[sitting.effective]
    ticked = Answer.PRESENT if is_ticked(sitting) else ""
    return {
        "pk": sitting.pk,
        "name": sitting.candidate.name,
        "number": sitting.candidate.student_no,
        "seat": sitting.seat_no,
        "state": colour,
        "label": label,
        "emergency": sitting.emergency,
        "at_client": sitting.has_client_session,
        "named": sitting.named,
        "said": said.answer if said else "",
        "answer": sent.get(f"answer-{sitting.pk}") or (said.answer if said else ticked),
        "final": said is not None and not asks.may_be_corrected(page.now),
        "by": said.answered_by.name if said else "",
        "at": words.clock_on(plan, said.answered_at) if said else "",
        "why": why.get(sitting.pk, ""),
    }


def _window(asks: Asking, plan: ExamPlan, page: Page) -> dict[str, Any]:
    """From when until when the room is asked, on the plan's clock."""
    ahead = asks.opens_at is not None and page.now < asks.opens_at
    return {
        "is_open": asks.is_open(page.now),
        "is_past": page.now >= asks.closes_at,
        "opens": _clock(plan.laid_time(asks.opens_at)) if asks.opens_at and ahead else "",
        "closes": _clock(plan.laid_time(asks.closes_at)),
        "corrected_until": _clock(plan.laid_time(asks.corrected_until)),
    }


def _clock(at: datetime) -> str:
    return f"{at.astimezone(words.BEIJING):%H:%M}"


def _told(done: presence.Marked, answers: dict[int, str]) -> str:
    """`在场 2 名，不在场 3 名`, and how many were passed over."""
    count = {answer: sum(answers[s.pk] == answer for s in done.marked) for answer in Answer.values}
    said = gettext("已记录：在场 %(here)d 名，不在场 %(away)d 名") % {
        "here": count[Answer.PRESENT],
        "away": count[Answer.NOT_HERE],
    }
    if not done.skipped:
        return said
    n = len(done.skipped)
    more = ngettext("%(n)d 名未记录，原因见名单", "%(n)d 名未记录，原因见名单", n) % {"n": n}
    return f"{said}；{more}"
