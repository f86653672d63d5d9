"""自动编排: choose units and limits, see what it would do, apply exactly that (C8)."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from exam_ops.core import access, clock
from exam_ops.core.errors import NotFound, Refusal
from exam_ops.core.models import Event, ExamPlan, ExamSite, SiteUnit
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.proctor_changes import ChangeWindow
from incidents.forms import show_refusal
from proctors.forms_fill import ApplyForm, FillForm
from proctors.selectors import fill_last_term
from proctors.selectors.fill_task import Choices, proctors_of
from proctors.services import filling
from proctors.services.filling import Preview
from proctors.views import fill_shown
from proctors.views.choosing import ByPlan
from proctors.views.fill_words import HOW

RECENT = 5  # acts listed


class RosterFill(ByPlan):
    """GET shows the choices, and with `preview` what they lead to; POST applies the preview that was shown."""

    action = filling.ACTION
    template = "proctors/fill.html"
    plan: ExamPlan
    site: ExamSite
    site_units: list[SiteUnit]

    def get(self, request: HttpRequest) -> HttpResponse:
        if not self.place():
            return self.show({"plans": []})
        if "preview" not in request.GET:
            return self.draw(self.form(None, initial=self.initial()))
        form = self.form(request.GET)
        if not form.is_valid():
            return self.draw(form, status=422)
        return self.draw(form, self.preview(form))

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.place():
            raise NotFound()
        form, asked = self.form(request.POST), ApplyForm(request.POST)
        if not (form.is_valid() and asked.is_valid()):
            return self.draw(form, apply=asked, status=422)
        said = asked.cleaned_data
        try:
            done, _ = filling.apply(
                said["id"],
                self.choices(form),
                mark=said["mark"],
                reason=said["reason"],
                actor=self.actor,
                clock=clock.now,
            )
        except Refusal as refusal:
            return self.refused(form, asked, refusal)
        self.tell(_said(done))
        return redirect("roster-fill-done", said["id"])

    def place(self) -> bool:
        """Finds plan, site and their units in the actor's scope; False where there is none."""
        self.sent = self.request.POST if self.request.method == "POST" else self.request.GET
        scope = access.visible(self.actor, SiteUnit, self.action)
        self.plans = self.plans_of(scope)
        plan = self.plan_of(self.plans, scope)
        if plan is None:
            return False
        rows = scope.filter(unit__plan=plan).select_related("unit__plan", "site__branch")
        self.sites = list(ExamSite.objects.filter(site_units__in=rows).distinct().order_by("code"))
        self.plan, self.site = plan, self.site_of()
        self.site_units = list(rows.filter(site=self.site).order_by("start", "unit__code"))
        self.about(plan)
        return True

    def site_of(self) -> ExamSite:
        """The site asked for, else the first of the actor's."""
        if asked := self.request.GET.get("site"):
            found = access.get(self.actor, ExamSite, self.action, code=asked)
            if found not in self.sites:
                raise NotFound()
            return found
        if not self.sites:
            raise NotFound()
        return self.sites[0]

    def initial(self) -> dict[str, Any]:
        free = filling.windows(self.actor, self.site_units, now=self.now)
        return {
            "units": [pk for pk, window in free.items() if window is ChangeWindow.FREE],
            "rest": True,
            "seed": "1",
        }

    def form(self, data: Any, **kwargs: Any) -> FillForm:
        return FillForm(
            data,
            units=self.unit_choices(),
            people=proctors_of(self.site),
            earlier=fill_last_term.plans_before(self.site, self.plan),
            **kwargs,
        )

    def unit_choices(self) -> list[tuple[int, str]]:
        """Those that can be filled, directly or by the branch."""
        windows = filling.windows(self.actor, self.site_units, now=self.now)
        return [
            (
                s.pk,
                gettext("%(start)s %(unit)s（%(how)s）")
                % {
                    "start": s.start.astimezone(BEIJING).strftime("%m-%d %H:%M"),
                    "unit": str(s.unit),
                    "how": HOW[windows[s.pk]][0],
                },
            )
            for s in self.site_units
            if windows[s.pk] in filling.CAN_BE_FILLED
        ]

    def choices(self, form: FillForm) -> Choices:
        said = form.cleaned_data
        chosen = [s for s in self.site_units if s.pk in said["units"]]
        earlier = self.earlier(form)
        return Choices(
            self.site,
            self.plan,
            chosen,
            form.limits,
            frozenset(said["left_out"]),
            fill_last_term.pattern(self.site, earlier, chosen) if earlier else None,
            said["rest"],
            f"{self.plan.code}/{self.site.code}/{said['seed']}",
        )

    def earlier(self, form: FillForm) -> ExamPlan | None:
        code = form.cleaned_data["source"]
        plans = fill_last_term.plans_before(self.site, self.plan) if code else []
        return next((plan for plan in plans if plan.code == code), None)

    def preview(self, form: FillForm) -> Preview:
        return filling.preview(self.choices(form), actor=self.actor, now=self.now)

    def refused(self, form: FillForm, asked: ApplyForm, refusal: Refusal) -> HttpResponse:
        """The new preview with what stood against the old one; the reason stays as typed."""
        self.now = clock.now()
        show_refusal(asked, refusal)
        return self.draw(form, self.preview(form), apply=asked, status=refusal.status)

    def draw(
        self,
        form: FillForm,
        preview: Preview | None = None,
        *,
        apply: ApplyForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context: dict[str, Any] = {
            "plans": self.plans,
            "sites": self.sites,
            "plan": self.plan,
            "site": self.site,
            "form": form,
            "apply": apply,
            "recent": _recent(self.plan, self.site),
            "here": f"{reverse('roster-fill')}?{urlencode({'plan': self.plan.code, 'site': self.site.code})}",
        }
        if preview is not None:
            context |= self.shown(form, preview, apply)
        return self.show(context, status=status)

    def shown(self, form: FillForm, preview: Preview, apply: ApplyForm | None) -> dict[str, Any]:
        asked = apply or ApplyForm()
        asked.fields["reason"].required = bool(preview.asked)
        earlier = self.earlier(form)
        seed = form.cleaned_data["seed"]
        return {
            "preview": preview,
            "apply": asked,
            "id": uuid.uuid4(),
            "sent": form.sent(),
            "another": _another(self.request, form, seed),
            "counts": _counts(preview),
            "days": fill_shown.days(preview, self.site_units),
            "loads": fill_shown.loads(preview),
            "empties": fill_shown.empties(preview, self.site_units) if form.cleaned_data["rest"] else [],
            "unmet": fill_shown.unmet(preview),
            "earlier": earlier,
            "earlier_people": fill_last_term.people_of(self.site, earlier) if earlier else [],
        }


def _recent(plan: ExamPlan, site: ExamSite) -> list[dict[str, Any]]:
    """The last acts at the site."""
    rows = Event.objects.filter(kind=filling.FILLED, plan=plan, site_unit=None, data__site=site.code)
    return [
        {"event": row, "at": plan.plan_time(row.at)}
        for row in rows.select_related("actor").order_by("-pk")[:RECENT]
    ]


def _another(request: HttpRequest, form: FillForm, seed: str) -> str:
    """The address of the same choices with the next seed."""
    number = int(seed) + 1 if seed.isascii() and seed.isdecimal() and len(seed) < 6 else 1
    kept = [(name, value) for name, value in form.sent() if name != "seed"]
    place = [(name, request.GET[name]) for name in ("plan", "site") if name in request.GET]
    return f"?{urlencode([*place, ('preview', '1'), *kept, ('seed', str(number))])}"


def _counts(preview: Preview) -> list[dict[str, Any]]:
    filling_ = preview.filling
    before, after = filling_.spread_before, filling_.spread_after
    return [
        {"key": "free", "label": gettext("直接编入"), "value": len(preview.free), "tone": "good"},
        {"key": "asked", "label": gettext("提交分部审批"), "value": len(preview.asked), "tone": "watch"},
        {
            "key": "empty",
            "label": gettext("仍空缺"),
            "value": len(filling_.empty),
            "tone": "trouble" if filling_.empty else "good",
        },
        {
            "key": "spread",
            "label": gettext("每人单元数（最少–中位–最多）"),
            "value": f"{before.least}–{before.middle:g}–{before.most} → {after.least}–{after.middle:g}–{after.most}",
        },
    ]


def _said(done: dict[str, Any]) -> str:
    words = [
        ngettext("已编入 %(n)d 个岗位。", "已编入 %(n)d 个岗位。", done["placed"]) % {"n": done["placed"]}
    ]
    if done["asked"]:
        n = done["asked"]
        words.append(ngettext("%(n)d 项变更已提交分部。", "%(n)d 项变更已提交分部。", n) % {"n": n})
    return " ".join(words)
