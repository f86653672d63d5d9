"""上报阶梯: who is told of each grade and when; edited with a reason, with its history, and rehearsed (A2)."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exam_ops.core import access, policies
from exam_ops.core.errors import NotFound, Refusal
from exam_ops.core.models import ExamPlan, ExamSite, PolicyVersion, SiteUnit, TimeUnit
from exam_ops.core.pages import Page
from incidents import words
from incidents.forms_ladder import LadderForm, RehearsalForm
from incidents.services import ladders
from incidents.services.rehearsal import rehearse
from incidents.views import ladder_words
from incidents.views.ladder_line import drawn

VERSIONS = 20  # of the history
SITES_IN_A_LIST = 300
SAVED = gettext_lazy("阶梯已保存为第 %(n)d 版，之后建立的事件按它通知。")


class LadderPage(Page):
    """What the pages of one plan's ladder share."""

    action = "ladder.see"

    def scope(self) -> QuerySet[SiteUnit]:
        return access.visible(self.actor, SiteUnit, "ladder.see")

    def plans(self) -> QuerySet[ExamPlan]:
        found = ExamPlan.objects.filter(pk__in=self.scope().order_by().values("unit__plan"))
        return found.order_by("-starts_on", "code")

    def plan(self, code: str) -> ExamPlan:
        found = self.plans().filter(code=code).first()
        if found is None:
            raise NotFound()
        self.about(found)
        return found


class LadderList(LadderPage):
    """The ladder of one plan in words, and who changed what."""

    template = "incidents/ladders.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        plans = list(self.plans())
        plan = next((p for p in plans if p.code == request.GET.get("plan")), plans[0] if plans else None)
        if plan is None:
            return self.show()
        self.about(plan)
        return self.show(
            {
                "plans": plans,
                "plan": plan,
                "grades": ladder_words.grades(policies.of(plan).ladder),
                "history": history(plan),
                "may_edit": self.actor.may("ladder.edit"),
            }
        )


class LadderEdit(LadderPage):
    """The ladder as a form; a refused one comes back as it was typed, each fault beside its field."""

    action = "ladder.edit"
    template = "incidents/ladder_edit.html"

    def get(self, request: HttpRequest, code: str) -> HttpResponseBase:
        plan = self.plan(code)
        return self.draw(plan, self.form(plan))

    def post(self, request: HttpRequest, code: str) -> HttpResponseBase:
        plan = self.plan(code)
        form = self.form(plan, request.POST)
        if not form.is_valid():
            return self.draw(plan, form, status=422)
        if form.cleaned_data["base"] != plan.policy_version:
            form.add_error(None, _("您打开本页后，这个计划的参数已被他人修改。请对照最新版本后再保存。"))
            return self.draw(plan, form, status=409)
        try:
            version = ladders.save(
                plan,
                form.values(),
                reason=form.cleaned_data["reason"],
                actor=self.actor.user,
                now=self.now,
            )
        except Refusal as refusal:
            form.show(refusal)
            return self.draw(plan, form, status=refusal.status)
        self.tell(SAVED % {"n": version.version})
        return redirect(f"{reverse('ladder-list')}?plan={plan.code}")

    def form(self, plan: ExamPlan, data: Any = None) -> LadderForm:
        return LadderForm(data, ladders=policies.of(plan).ladder, version=plan.policy_version)

    def draw(self, plan: ExamPlan, form: LadderForm, *, status: int = 200) -> HttpResponse:
        return self.show({"plan": plan, "form": form, "grades": form.grades()}, status=status)


class LadderRehearsal(LadderPage):
    """A dry run: who would be told when, by which channel, if nobody answered; writes nothing."""

    template = "incidents/ladder_rehearsal.html"

    def get(self, request: HttpRequest, code: str) -> HttpResponseBase:
        plan = self.plan(code)
        mine = self.scope().filter(unit__plan=plan)
        form = self.form(plan, mine)
        context: dict[str, Any] = {"plan": plan, "form": form}
        if form.is_bound and form.is_valid():
            said = form.cleaned_data
            site_unit = (
                mine.filter(unit__code=said["unit"], site__code=said["site"])
                .select_related("unit__plan", "site__branch")
                .first()
            )
            if site_unit is None:
                form.add_error("site", _("该考点在这个单元没有考试，请换一个考点或单元。"))
            else:
                context |= self.run(plan, site_unit, said["grade"], said["at"])
        return self.show(context, status=422 if form.is_bound and not form.is_valid() else 200)

    def form(self, plan: ExamPlan, mine: QuerySet[SiteUnit]) -> RehearsalForm:
        units = TimeUnit.objects.filter(pk__in=mine.order_by().values("unit"))
        sites = ExamSite.objects.filter(pk__in=mine.order_by().values("site")).order_by("code")
        data = self.request.GET if "unit" in self.request.GET else None
        now = plan.plan_time(self.now).replace(second=0, microsecond=0)
        return RehearsalForm(
            data,
            units=[(unit.code, f"{unit} · {ladder_words.moment(unit.start)}") for unit in units],
            sites=[(site.code, site.name) for site in sites[:SITES_IN_A_LIST]],
            initial={"at": now, "grade": 2},
        )

    def run(self, plan: ExamPlan, site_unit: SiteUnit, grade: int, at: datetime | None) -> dict[str, Any]:
        begins = plan.real_time(at) if at else self.now
        planned = rehearse(site_unit=site_unit, grade=grade, now=begins)
        rows = [
            {
                "level": words.LEVELS[step.level],
                "key": step.level.value,
                "at": plan.laid_time(step.at),
                "after": ladder_words.after(step.at - begins),
                "because": step.because,
                "users": step.users,
                "channels": step.channels,
                "until": plan.laid_time(step.acknowledge_by),
                "why_nobody": step.why_nobody if not step.users else None,
            }
            for step in planned
        ]
        return {
            "rows": rows,
            "line": drawn(planned, begins),
            "site_unit": site_unit,
            "grade": grade,
            "grade_label": words.GRADES[grade],
            "nobody": any(row["why_nobody"] for row in rows),
        }


def history(plan: ExamPlan) -> list[dict[str, Any]]:
    """The versions of the plan's numbers, newest first: who, when, why, and what it changed of the ladder."""
    rows = list(
        PolicyVersion.objects.filter(plan=plan)
        .select_related("changed_by")
        .order_by("-version")[: VERSIONS + 1]
    )
    shown: list[dict[str, Any]] = []
    for row, before in zip(rows, [*rows[1:], None], strict=False):
        if len(shown) == VERSIONS:
            break
        earlier = before.as_policy().ladder if before else None
        shown.append(
            {
                "version": row.version,
                "by": row.changed_by,
                "at": plan.plan_time(row.changed_at),
                "reason": row.reason,
                "changes": ladder_words.changes(earlier, row.as_policy().ladder),
            }
        )
    return shown
