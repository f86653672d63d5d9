"""提出指令: choose plan, units, places and what; look at the preview; then it goes out (A4)."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from exam_ops.core import access, policies
from exam_ops.core.errors import Refusal
from exam_ops.core.models import Branch, ExamPlan, TimeUnit
from exam_ops.core.pages import Page
from exam_ops.rules.decisions import Kind
from incidents.decision_forms import DecisionForm
from incidents.forms import show_refusal
from incidents.models import Incident
from incidents.services import decisions
from incidents.services.decision_preview import Preview
from incidents.views.decision_lines import SKIPPED, preview_line

UNITS = 60  # offered: those that are not long over
LINES = 200  # shown of a preview; the rest is counted
LEFT_OUT = 20  # of them at the top: what is left out, and why
PLANS = 30


class DecisionNew(Page):
    """The form; posted with `preview` it comes back with what would happen, with `confirm` it is done."""

    action = "decision.make"
    template = "incidents/decision_new.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.draw(self.form())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.draw(form, status=422)
        try:
            if "confirm" in request.POST and request.POST.get("looked_at") == self.mark(form):
                return self.propose(form)
            preview = decisions.preview(form.wish(), form.scope(), incident=self.incident, now=self.now)
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self.draw(form, status=refusal.status)
        return self.draw(form, preview, changed="confirm" in request.POST)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.chosen = request.POST if request.method == "POST" else request.GET

    def propose(self, form: DecisionForm) -> HttpResponseBase:
        decision = decisions.propose(
            form.wish(),
            form.scope(),
            reason=form.cleaned_data["reason"],
            departments=form.cleaned_data["departments"],
            incident=self.incident,
            uid=form.cleaned_data["id"],
            actor=self.actor.user,
            now=self.now,
        )
        waits = decision.status == decision.Status.PROPOSED
        self.tell(_("指令已提出，等待另一位总部人员确认。") if waits else _("指令已生效并下发。"))
        return redirect("decision-detail", pk=decision.pk)

    def form(self, data: Any = None) -> DecisionForm:
        """The form of the chosen plan; an incident brings its plan, unit and site along."""
        self.incident = self.linked()
        its = self.incident.site_unit if self.incident else None
        plans = ExamPlan.objects.order_by("-starts_on", "code")
        wanted = plans.filter(code=self.chosen.get("plan", "")[:40]).first()
        self.plans = list(plans[:PLANS])
        self.plan = its.unit.plan if its else wanted or self.likely()
        if self.plan is not None:
            self.about(self.plan)
        initial: dict[str, Any] = {"kind": Kind.DELAY.value}
        if its is not None:
            initial |= {"units": [its.unit_id], "sites": its.site.code}
        return DecisionForm(
            data,
            plan=self.plan,
            units=self.units(),
            branches=Branch.objects.filter(sites__site_units__unit__plan=self.plan)
            .distinct()
            .order_by("code"),
            initial=initial,
        )

    def linked(self) -> Incident | None:
        number = self.chosen.get("incident", "")
        if not number.isdecimal() or len(number) > 18:
            return None
        rows = Incident.objects.select_related("site_unit__unit__plan", "site_unit__site")
        return access.get(self.actor, Incident, "incident.see", rows, pk=int(number))

    def likely(self) -> ExamPlan | None:
        """The plan whose unit runs or comes next; else the newest."""
        real = ExamPlan.objects.exclude(kind=ExamPlan.Kind.DRILL)
        ahead = real.filter(units__site_units__ends_at__gt=self.now).order_by("units__site_units__starts_at")
        return ahead.first() or (self.plans[0] if self.plans else None)

    def units(self) -> list[TimeUnit]:
        """Units that are not over at some site, then those over last; at most `UNITS`."""
        if self.plan is None:
            return []
        rows = TimeUnit.objects.filter(plan=self.plan)
        ahead = rows.filter(site_units__ends_at__gt=self.now).distinct().order_by("start", "code")
        over = rows.exclude(pk__in=ahead.values("pk")).order_by("-end", "code")
        found = list(ahead[:UNITS])
        return sorted([*over[: UNITS // 4], *found], key=lambda unit: (unit.start, unit.code))

    def mark(self, form: DecisionForm) -> str:
        """What the preview was of: something else is looked at first."""
        said = form.cleaned_data
        seen = (form.wish(), sorted(said["units"]), sorted(said["branches"]), sorted(said["sites"]))
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]

    def draw(
        self,
        form: DecisionForm,
        preview: Preview | None = None,
        *,
        changed: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        context: dict[str, Any] = {
            "form": form,
            "plan": self.plan,
            "plans": self.plans,
            "incident": self.incident,
            "changed": changed,
            "confirms": bool(self.plan and policies.of(self.plan).hq_confirms),
        }
        return self.show(context | (self.seen(form, preview) if preview else {}), status=status)

    def seen(self, form: DecisionForm, preview: Preview) -> dict[str, Any]:
        left_out = [line for line in preview.lines if line.why]
        shown = [*left_out[:LEFT_OUT], *preview.moving][:LINES]
        return {
            "preview": preview,
            "moving": len(preview.moving),
            "skipped": [(SKIPPED[why], n) for why, n in preview.skipped.most_common()],
            "reopened": preview.reopened,
            "warnings": list(preview.warnings.items()),
            "lines": [preview_line(line) for line in shown],
            "lines_more": len(preview.lines) - len(shown),
            "looked_at": self.mark(form),
        }
