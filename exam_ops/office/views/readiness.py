"""考前准备: red and green of proctors, machines and sites before the mock exam, by branch, site and person (B8)."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from exam_ops.core import access, events
from exam_ops.core.errors import NotFound, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan, ExamSite
from exam_ops.core.pages import Page
from exam_ops.office import workbooks
from exam_ops.office.selectors import readiness, readiness_sheets
from exam_ops.office.selectors.readiness import SEE
from exam_ops.office.selectors.readiness_sheets import Asked
from exam_ops.office.services import readiness as acts
from exam_ops.office.views import readiness_words as words
from exam_ops.office.views.downloads import download
from exam_ops.rules.readiness import LACKS, LIGHTS, Lack, Light

PER_PAGE = 100


class ReadinessPage(Page):
    action = SEE

    def plan_of(self, plans: Sequence[ExamPlan], code: str) -> ExamPlan | None:
        if code:
            found = next((p for p in plans if p.code == code), None)
            if found is None:
                raise NotFound()
            return found
        return plans[0] if plans else None

    def asked(self, plan: ExamPlan, said: Any) -> Asked | None:
        """None for a plan without units. Raises `NotFound` for a place outside the scope."""
        dates = readiness.dates_of(plan)
        if dates is None:
            return None
        rows = readiness.sites_of(self.actor, plan)
        scope = list(rows.prefetch_related("branch").order_by("branch__code", "code"))
        site = self._named(scope, said.get("site", ""), lambda s: s.code)
        branch = self._named([s.branch for s in scope], said.get("branch", ""), lambda b: b.code)
        if site is None and len(scope) == 1:
            site = scope[0]
        if branch is None and len({s.branch_id for s in scope}) == 1:
            branch = scope[0].branch
        light, lack = said.get("light", ""), said.get("lack", "")
        sites = [site] if site else [s for s in scope if branch is None or s.branch_id == branch.pk]
        return Asked(
            plan=plan,
            dates=dates,
            scope=rows,
            sites=sites,
            level="proctor" if site else "site" if branch else "branch",
            branch=site.branch if site else branch,
            site=site,
            light=light if light in LIGHTS else "",
            lack=lack if lack in LACKS else "",
            text=said.get("q", "").strip()[:40],
        )

    def _named(self, rows: Sequence[Any], code: str, name: Any) -> Any:
        if not code:
            return None
        found = next((row for row in rows if name(row) == code), None)
        if found is None:
            raise NotFound()
        return found


class Readiness(ReadinessPage):
    """The sheet of the level that the reader's scope or the address names."""

    template = "office/readiness.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        plans = readiness.plans_of(self.actor, now=self.now)
        plan = self.plan_of(plans, request.GET.get("plan", ""))
        if plan is None:
            return self.show({"plans": []})
        self.about(plan)
        asked = self.asked(plan, request.GET)
        if asked is None or not asked.sites:
            return self.show({"plans": plans, "plan": plan})
        return self.show({"plans": plans, "plan": plan, "asked": asked} | self.sheet(asked))

    def sheet(self, asked: Asked) -> dict[str, Any]:
        sheet = readiness_sheets.sheet_of(asked, now=self.now)
        page = Paginator(sheet.shown, PER_PAGE).get_page(self.request.GET.get("page"))
        presses = self.actor.may(acts.PRESS) and self.now < asked.dates.first
        return {
            "sheet": sheet,
            "page": page,
            "lights": [self.light(light, sheet, asked) for light in Light],
            "lacks": [self.lack(lack, sheet, asked) for lack in Lack if sheet.figures.lacks[lack]],
            "rows": [words.drawn(row, asked) for row in page],
            "points": words.points(sheet.site) if sheet.site else [],
            "machines": words.machines(sheet.site.facts) if sheet.site else [],
            "first": asked.plan.laid_time(asked.dates.first),
            "since": asked.plan.laid_time(asked.dates.since),
            "export_url": reverse("readiness-export", query=self.chosen(asked)),
            "may_press": presses,
            "may_tick": sheet.site is not None and self.actor.may(acts.TICK),
            "up_url": self.up(asked),
            "sees_check": asked.level != "proctor" and self.actor.may("roster.check"),
            "all_url": reverse("readiness", query=asked.query),
        }

    def chosen(self, asked: Asked, **other: str) -> dict[str, str]:
        said = asked.query | {"light": asked.light, "lack": asked.lack, "q": asked.text} | other
        return {name: value for name, value in said.items() if value}

    def light(self, light: Light, sheet: readiness_sheets.Sheet, asked: Asked) -> dict[str, Any]:
        value = sheet.figures.lights[light]
        active = asked.light == light
        return {
            "key": light.value,
            "label": LIGHTS[light],
            "value": value,
            "tone": words.TONES[light] if value else "",
            "url": reverse("readiness", query=self.chosen(asked, light="" if active else light.value)),
            "active": active,
        }

    def lack(self, lack: Lack, sheet: readiness_sheets.Sheet, asked: Asked) -> dict[str, Any]:
        active = asked.lack == lack
        return {
            "key": lack.value,
            "label": LACKS[lack][0],
            "value": sheet.figures.lacks[lack],
            "tone": "",
            "url": reverse("readiness", query=self.chosen(asked, lack="" if active else lack.value)),
            "active": active,
        }

    def up(self, asked: Asked) -> str:
        """The level above, where the reader's scope reaches it."""
        scope = readiness.sites_of(self.actor, asked.plan)
        if asked.site and asked.branch and scope.exclude(pk=asked.site.pk).exists():
            return reverse("readiness", query={"plan": asked.plan.code, "branch": asked.branch.code})
        if asked.branch and not asked.site and scope.exclude(branch=asked.branch).exists():
            return reverse("readiness", query={"plan": asked.plan.code})
        return ""


class ReadinessExport(ReadinessPage):
    """The sheet as a workbook, as it is filtered; that it was taken out is on record."""

    def get(self, request: HttpRequest) -> HttpResponse:
        plan = self.plan_of(readiness.plans_of(self.actor, now=self.now), request.GET.get("plan", ""))
        asked = self.asked(plan, request.GET) if plan else None
        if plan is None or asked is None:
            raise NotFound()
        sheet = readiness_sheets.sheet_of(asked, now=self.now)
        headers = [say(header) for header in words.HEADERS[asked.level]]
        rows = [words.cells(row, asked) for row in sheet.shown]
        events.record(
            "readiness.listed",
            now=self.now,
            actor=self.actor.user,
            plan=plan,
            subject=asked.level,
            rows=len(rows),
        )
        return download(workbooks.table(plan.code[:31], headers, rows), f"readiness-{plan.code}.xlsx")


class ReadinessPress(ReadinessPage):
    """Reminds the sites of the page, and their proctors, by hand."""

    action = acts.PRESS

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return redirect("readiness")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        plan = self.plan_of(readiness.plans_of(self.actor, now=self.now), request.POST.get("plan", ""))
        asked = self.asked(plan, request.POST) if plan else None
        if plan is None or asked is None:
            raise NotFound()
        try:
            done = acts.press(plan, asked.sites, actor=self.actor, now=self.now)
        except (acts.PressedLately, acts.NotAhead) as refusal:
            self.warn(refusal)
        else:
            self.tell(_said(done))
        return redirect(reverse("readiness", query=asked.query))


class ReadinessTicks(ReadinessPage):
    """Ticks a point of a site's list, or takes it back."""

    action = acts.TICK

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return redirect("readiness")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        plan = self.plan_of(readiness.plans_of(self.actor, now=self.now), request.POST.get("plan", ""))
        code = request.POST.get("site", "")
        site = access.get(self.actor, ExamSite, self.action, code=code)
        if plan is None:
            raise NotFound()
        try:
            item, done = request.POST.get("item", ""), request.POST.get("done") == "1"
            acts.tick(plan, site, item, done=done, actor=self.actor, now=self.now)
        except Refusal as refusal:
            if refusal.status != 422:
                raise
            self.warn(refusal)
        return redirect(reverse("readiness", query={"plan": plan.code, "site": code}) + "#advice")


def _said(done: acts.Pressed) -> str:
    said = ngettext("已提醒 %(n)d 个考点。", "已提醒 %(n)d 个考点。", done.told) % {"n": done.told}
    if done.lately:
        said += gettext(" %(n)d 个一小时内已提醒过。") % {"n": done.lately}
    return said if done.told else gettext("所有考点的上岗监考都已就绪，没有发出提醒。")
