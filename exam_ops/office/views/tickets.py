"""考务管理 → 准考证: find a candidate or a room, print, and record what was wrong at the door (C1)."""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from exam_ops.core import access
from exam_ops.core.errors import Invalid, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import RoomSession, Sitting
from exam_ops.core.pages import Page
from exam_ops.office.forms import TicketCaseForm, TicketFilter
from exam_ops.office.models import TicketCase
from exam_ops.office.selectors import tickets as shown
from exam_ops.office.tickets import cases, printing
from exam_ops.office.views.downloads import download
from exam_ops.rules.permissions import Role
from exam_ops.rules.tickets import ADMISSIONS, PROBLEMS, Problem, Rule

PER_PAGE = 50


class TicketPage(Page):
    """What the pages of tickets share: the door, and the answer that carries a PDF."""

    action = "ticket.print"

    def sitting(self, pk: int, action: str = "") -> Sitting:
        found = access.get(self.actor, Sitting, action or self.action, shown.WHOLE, pk=pk)
        self.about(found.site_unit.unit.plan)
        return found

    def pdf(self, sittings: QuerySet[Sitting] | list[Sitting], name: str) -> HttpResponse:
        """The tickets as a download; a refusal is said on the page the reader came from."""
        try:
            content = printing.print_tickets(
                sittings, language=self.language, actor=self.actor.user, now=self.now
            )
        except Refusal as refusal:
            self.warn(refusal)
            return redirect("ticket-list")
        return download(content, f"tickets-{name}.pdf", kind="application/pdf")

    @property
    def language(self) -> str:
        return "en" if self.request.LANGUAGE_CODE.startswith("en") else "zh"


class TicketList(TicketPage):
    template = "office/tickets.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        scope = access.visible(self.actor, Sitting, self.action)
        form = TicketFilter(request.GET, scope=scope, now=self.now)
        asked = form.asked()
        if form.plan:
            self.about(form.plan)
        found = shown.found(scope, **asked)
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        return self.show(
            {
                "filter": form,
                "is_candidate": self.actor.roles == [Role.CANDIDATE],
                "is_filtered": bool(asked["words"] or asked["room"]),
                "may_record": self.actor.may("ticket.record"),
                "page": page,
                "lines": shown.lines(page),
                "room": form.room,
                "now": self.now,
            }
        )


class TicketOne(TicketPage):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        sitting = self.sitting(pk)
        return self.pdf([sitting], sitting.ticket_no)


class TicketRoom(TicketPage):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        session = access.get(self.actor, RoomSession, "ticket.room", pk=pk)
        rows = access.visible(self.actor, Sitting, "ticket.room").filter(room_session=session)
        return self.pdf(shown.whole(rows), f"{session.site_unit.site.code}-{session.room.room_no}")


class TicketCases(TicketPage):
    """What was wrong with one candidate's ticket; the form and what is on record."""

    action = "ticket.record"
    template = "office/ticket_case.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.draw(self.sitting(pk), TicketCaseForm(initial={"id": uuid.uuid4()}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        sitting, form = self.sitting(pk), TicketCaseForm(request.POST)
        if not form.is_valid():
            return self.draw(sitting, form, status=422)
        try:
            cases.record(sitting, **form.cleaned_data, actor=self.actor.user, now=self.now)
        except Invalid as refused:
            for error in refused.errors:
                form.add_error(error.field, say(error.detail))
            return self.draw(sitting, form, status=refused.status)
        self.tell(_("已记录，并报入事件。"))
        return redirect(reverse("ticket-cases", args=[pk]))

    def draw(self, sitting: Sitting, form: TicketCaseForm, status: int = 200) -> HttpResponse:
        line = shown.lines([sitting])[0]
        return self.show({"line": line, "form": form, "cases": self.cases(sitting)}, status=status)

    def cases(self, sitting: Sitting) -> list[dict[str, Any]]:
        plan = sitting.site_unit.unit.plan
        return [
            {
                "problem": PROBLEMS[Problem(case.problem)],
                "rule": ADMISSIONS[Rule(case.rule)],
                "case": case,
                "at": plan.plan_time(case.decided_at),
            }
            for case in TicketCase.objects.filter(sitting=sitting).select_related("decided_by")
        ]
