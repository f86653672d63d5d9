"""A whole room whose check has failed: the request for its candidates, and the chief's one decision (C5, C7)."""

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.examclock import exam_clock
from exam_ops.core.language import say
from exam_ops.core.models import RoomSession, Sitting
from exam_ops.core.pages import Page
from exam_ops.rules.entry import Entry
from verification.forms_room import OfRoom, RoomDecisionForm, RoomRequestForm
from verification.models import EntryRequest
from verification.selectors.blocked_rooms import REASON_OF, open_incidents
from verification.services import room_decisions, room_requests
from verification.services.entry_requests import against
from verification.services.room_requests import Skipped
from verification.views import words

Status = EntryRequest.Status
NEW_FACTS = "（新情况）"  # stands for the note still to be written: with one, a rejected candidate may be asked for again


class RoomPage(Page):
    """What both pages share: the room, its clock, its candidates as lines with a box or the reason why not."""

    form: type[OfRoom]

    def room(self, pk: int) -> RoomSession:
        rows: QuerySet[RoomSession] = RoomSession.objects.select_related(
            "site_unit__site__branch", "site_unit__unit__plan", "room"
        )
        session = access.get(self.actor, RoomSession, self.action, rows=rows, pk=pk)
        self.about(session.site_unit.unit.plan)
        return session

    def draw(self, session: RoomSession, form: OfRoom, facts: dict[str, Any], status: int) -> HttpResponse:
        site_unit = session.site_unit
        free = sum(line["free"] for line in facts["lines"])
        return self.show(
            {
                "session": session,
                "site_unit": site_unit,
                "site": site_unit.site,
                "unit_name": words.unit_words(site_unit.unit),
                "room_name": words.room_name(session.room.room_no),
                "clock": exam_clock(site_unit, site_unit.unit.plan, self.now),
                "form": form,
                "free": free,
                "skipped": len(facts["lines"]) - free,
                "sees_board": self.actor.may("sign_in.see"),
                **facts,
            },
            status=status,
        )

    def back(self, session: RoomSession) -> HttpResponse:
        """To the room's board, or where the reader has none to the own phone page."""
        return redirect("sign-in-room" if self.actor.may("sign_in.see") else "phone-room", session.pk)


class RoomRequests(RoomPage):
    """为全考场提交入场审批."""

    action = room_requests.ACTION
    template = "verification/room_requests.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        session = self.room(pk)
        incidents = open_incidents(session)
        reason = REASON_OF[incidents[0].type] if incidents else EntryRequest.Reason.APP_UNAVAILABLE
        return self._drawn(
            session, RoomRequestForm(room=(), reasons=words.REASONS, initial={"reason": reason})
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        session = self.room(pk)
        people = Sitting.objects.filter(room_session=session).values_list("pk", flat=True)
        form = RoomRequestForm(request.POST, room=people, reasons=words.REASONS)
        if not form.is_valid():
            return self._drawn(session, form, status=422)
        asked = room_requests.RoomAsked(uuid.uuid4(), **form.cleaned_data)
        try:
            done = room_requests.submit(asked, room_session=session, requester=self.actor.user, now=self.now)
        except Refusal as refusal:
            form.add_error(None, say(refusal.detail))
            return self._drawn(session, form, status=refusal.status)
        self.tell(told(gettext("已提交 %(n)d 名") % {"n": len(done.made)}, done.skipped))
        return self.back(session)

    def _drawn(self, session: RoomSession, form: OfRoom, status: int = 200) -> HttpResponse:
        rows = Sitting.objects.filter(room_session=session).select_related("candidate", "site_unit")
        sittings = list(rows.defer("candidate__id_no").order_by("seat_no", "pk"))
        before = room_requests.requests_before(s.pk for s in sittings)
        lines = []
        for sitting in sittings:
            refusal = against(sitting, before[sitting.pk], NEW_FACTS, now=self.now)
            meant = sitting.entry_status == Entry.NOT_SIGNED_IN
            lines.append(line(sitting, refusal, form, meant=meant))
        return self.draw(session, form, {"lines": lines}, status)


class RoomDecision(RoomPage):
    """考场统一决定."""

    action = room_decisions.ACTION
    template = "verification/room_decision.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._drawn(self.room(pk), RoomDecisionForm(room=()))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        session = self.room(pk)
        people = Sitting.objects.filter(room_session=session).values_list("pk", flat=True)
        form = RoomDecisionForm(request.POST, room=people)
        if not form.is_valid():
            return self._drawn(session, form, status=422)
        asked = room_decisions.RoomDecision(uuid.uuid4(), **form.cleaned_data)
        try:
            done = room_decisions.decide(asked, room_session=session, actor=self.actor, now=self.now)
        except Refusal as refusal:
            form.add_error(None, say(refusal.detail))
            return self._drawn(session, form, status=refusal.status)
        approved = asked.outcome == Status.APPROVED
        sentence = gettext("已批准 %(n)d 名") if approved else gettext("已不同意 %(n)d 名入场")
        self.tell(told(sentence % {"n": len(done.decided)}, done.skipped))
        return self.back(session)

    def _drawn(self, session: RoomSession, form: OfRoom, status: int = 200) -> HttpResponse:
        found = room_decisions.preview(session, actor=self.actor, now=self.now)
        lines = [
            line(each.sitting, each.refusal, form, meant=True)
            | {"asked": _asked(each.request, found, is_free=each.refusal is None)}
            for each in sorted(found.candidates, key=lambda each: (each.sitting.seat_no, each.sitting.pk))
        ]
        facts = {
            "lines": lines,
            "incident": found.incident,
            "reporter": found.reporter,
            "refusals": words.REFUSAL_REASONS,
        }
        return self.draw(session, form, facts, status)


def line(sitting: Sitting, refusal: Refusal | None, form: OfRoom, *, meant: bool) -> dict[str, Any]:
    """A candidate with a box, ticked unless somebody has taken the tick off; or why they are skipped."""
    colour, label = words.STATES[sitting.entry_status]
    free = refusal is None
    return {
        "pk": sitting.pk,
        "seat": sitting.seat_no,
        "name": sitting.candidate.name,
        "number": sitting.candidate.student_no,
        "state": colour,
        "label": label,
        "free": free,
        "why": refusal.title if refusal else "",
        "picked": str(sitting.pk) in form.picked if form.is_bound else free and meant,
    }


def told(sentence: str, skipped: Iterable[Skipped]) -> str:
    """`已批准 23 名，跳过 2 名：考生已可入场 2`."""
    why = Counter(say(each.refusal.title) for each in skipped)
    if not why:
        return sentence
    reasons = gettext("，").join(f"{reason} {number}" for reason, number in why.most_common())
    return gettext("%(said)s，跳过 %(n)d 名：%(why)s") % {"said": sentence, "n": why.total(), "why": reasons}


def _asked(request: EntryRequest | None, found: room_decisions.RoomPreview, *, is_free: bool) -> str:
    """Who asks for the candidate: the one who has submitted, or by the report of the room."""
    if request is not None:
        return gettext("%(name)s 提交") % {"name": request.requester.name}
    if is_free and found.reporter is not None:
        return gettext("随 %(name)s 的上报") % {"name": found.reporter.name}
    return ""
