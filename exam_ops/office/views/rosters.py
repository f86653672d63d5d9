"""监考编排 as workbooks: out, for the doors of rooms, and in again (C8, E5)."""

import uuid
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse

from exam_ops.core import access, clock, events
from exam_ops.core.errors import NotFound
from exam_ops.core.models import ExamPlan, ExamSite
from exam_ops.core.pages import Page
from exam_ops.office import layout, workbooks
from exam_ops.office.forms_rosters import RosterLoadForm
from exam_ops.office.loading import FileRefused
from exam_ops.office.loading.checking_rosters import SHEET
from exam_ops.office.loading.site_rosters import RosterResult, load
from exam_ops.office.selectors import rosters
from exam_ops.office.views.downloads import download
from exam_ops.office.views.loads import PlanLoadErrors, signed
from exam_ops.rules.moments import BEIJING
from proctors.services.filling import ACTION as FILL


class RosterPage(Page):
    """What both ways out share: plan and site, from the actor's own."""

    action = rosters.SEE

    def place(self) -> tuple[ExamPlan, list[ExamSite], ExamSite | None]:
        """The plan asked for, its sites in scope, and the one asked for (None: all of them)."""
        plan = access.get(self.actor, ExamPlan, "plan.see", code=self.request.GET.get("plan", ""))
        sites = rosters.sites(self.actor, plan)
        if asked := self.request.GET.get("site"):
            access.get(self.actor, ExamSite, "site.see", code=asked)
        site = next((s for s in sites if s.code == asked), None)
        if not sites or (asked and site is None):
            raise NotFound()
        self.about(plan)
        return plan, sites, site


class RosterExport(RosterPage):
    """The rosters of a site, or of all in scope; that they were taken out is on record."""

    def get(self, request: HttpRequest) -> HttpResponse:
        plan, sites, site = self.place()
        rows = list(rosters.rows(self.actor, plan, site))
        events.record(
            "roster.exported",
            now=self.now,
            actor=self.actor.user,
            plan=plan,
            subject=site.code if site else "",
            rows=len(rows),
        )
        content = rosters.book(rows, [site] if site else sites)
        name = f"rosters-{plan.code}-{site.code}" if site else f"rosters-{plan.code}"
        return download(content, f"{name}.xlsx")


class RosterDoors(RosterPage):
    """A sheet for each room's door: the day's units and the names of the proctors, nothing else."""

    template = "office/roster_doors.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        plan, sites, site = self.place()
        site = site or sites[0]
        days = rosters.days(plan, site)
        asked = _day(request.GET.get("day", ""))
        day = (
            asked
            if asked in days
            else next((d for d in days if d >= plan.plan_time(self.now).astimezone(BEIJING).date()), days[-1])
        )
        return self.show(
            {
                "plan": plan,
                "sites": sites,
                "site": site,
                "days": days,
                "day": day,
                "doors": rosters.doors(plan, site, day),
            }
        )


class RosterLoad(Page):
    """Rosters from a workbook, by the windows of the roster's pages; with one wrong row nothing is written."""

    action = FILL
    template = "office/roster_load.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.draw(RosterLoadForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RosterLoadForm(request.POST, request.FILES)
        result = self.load(form) if form.is_valid() else None
        return self.draw(form, result, status=200 if result is not None and result.ok else 422)

    def load(self, form: RosterLoadForm) -> RosterResult | None:
        said = form.cleaned_data
        try:
            return load(
                said["workbook"].read(),
                batch=uuid.uuid4(),
                reason=said["reason"],
                check_only="check" in self.request.POST,
                actor=self.actor,
                now_of=clock.now,
            )
        except FileRefused as refused:
            form.refuse(refused)
            return None

    def draw(
        self, form: RosterLoadForm, result: RosterResult | None = None, status: int = 200
    ) -> HttpResponse:
        context: dict[str, Any] = {"form": form, "result": result, "columns": layout.sheet(SHEET).columns}
        if result is not None:
            context |= {
                "errors": result.problems.errors,
                "error_list": "" if result.ok else signed(list(result.problems.errors)),
            }
        return self.show(context, status=status)


class RosterLoadErrors(PlanLoadErrors):
    """The error list of the page as a workbook."""

    action = FILL


class RosterTemplate(Page):
    """The sheet to fill in, empty."""

    action = FILL

    def get(self, request: HttpRequest) -> HttpResponse:
        return download(workbooks.template(SHEET), "roster-template.xlsx")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
