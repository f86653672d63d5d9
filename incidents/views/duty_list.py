"""应急任务: who owed evidence, why, what met it and what was said of it; the missed ones are reviewed here (C14)."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.models import ExamPlan
from exam_ops.core.pages import Page
from exam_ops.rules.evidence_review import Verdict
from exam_ops.rules.text import Text
from incidents import duty_list_selectors, duty_selectors, words
from incidents.duty_list_selectors import STATES
from incidents.forms_review import DutyQuery, MissedForm
from incidents.models import EvidenceDuty
from incidents.services import evidence_reviews
from incidents.services.evidence_reviews import ACTION, Said
from incidents.views.review_card import LEVELS
from incidents.views.review_card import STATES as VERDICTS

PAGE_SIZE = 50
WORDS: dict[str, tuple[str, Any]] = {
    "missed": ("trouble", words.DUTIES[EvidenceDuty.Status.MISSED]),
    "open": ("watch", words.DUTIES[EvidenceDuty.Status.OPEN]),
    "late": ("watch", _("拍摄时间待核")),
    "met": ("good", words.DUTIES[EvidenceDuty.Status.MET]),
    "dropped": ("quiet", words.DUTIES[EvidenceDuty.Status.DROPPED]),
}
REVIEWED = Text("已审核 {count} 项。", "{count} reviewed.")
SKIPPED = Text("已审核 {count} 项，跳过 {skipped} 项：{why}", "{count} reviewed, {skipped} left out: {why}")


class EvidenceDuties(Page):
    """The duties of a unit with their states as filters."""

    action = duty_list_selectors.SEE
    template = "incidents/duty_list.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.draw()

    def draw(self, *, sent: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
        asked = DutyQuery(self.request.GET).named()
        plans = list(duty_list_selectors.plans_of(self.actor)[:200])
        plan = next((p for p in plans if p.code == asked["plan"]), plans[0] if plans else None)
        if plan is None:
            return self.show({"plans": []})
        self.about(plan)
        named = {name: asked[name] for name in ("unit", "site", "room")}
        state = asked["status"]
        every = duty_list_selectors.duties(self.actor, plan=plan.code, **named)
        chosen = every.filter(STATES[state]) if state else every
        rows = duty_list_selectors.in_order(duty_list_selectors.loaded(chosen))
        page = Paginator(rows, PAGE_SIZE).get_page(self.request.GET.get("page"))
        lines = self.lines(list(page), plan)
        context = {
            "plans": plans,
            "plan": plan,
            "units": duty_list_selectors.units_of(self.actor, plan),
            "sites": duty_list_selectors.sites_of(self.actor, plan, named["unit"]),
            "named": named,
            "state": state,
            "counts": self.counts(duty_list_selectors.counted(every), plan, named, state),
            "page": page,
            "lines": lines,
            "any_to_review": any(line["may_review"] for line in lines),
            "sent": sent or {},
            "export_url": _address("evidence-duties-export", plan, named, state),
            "act_url": _address("evidence-duties-review", plan, named, state),
        }
        return self.show(context, status=status)

    def lines(self, rows: list[Any], plan: ExamPlan) -> list[dict[str, Any]]:
        """Each duty as a row of the table."""
        reviews = duty_list_selectors.reviews_of(rows)
        may = access.Once(self.actor, ACTION)
        return [
            duty_selectors.chips(row)
            | {
                "row": row,
                "key": str(row.pk),
                "session": row.room_session,
                "opened_at": plan.plan_time(row.opened_at),
                "closed_at": plan.plan_time(row.closed_at) if row.closed_at else None,
                "why": row.again or words.DUTY_ENDS.get(row.why_closed, ""),
                "picture": row.met_by,
                "received_at": plan.plan_time(row.met_by.received_at) if row.met_by else None,
                "reviews": [_said(reviews[key]) for key in (row.by_site, row.by_branch) if key],
                "may_review": row.status == EvidenceDuty.Status.MISSED
                and not may.refused(row.room_session, row.room_session.site_unit.site_id),
            }
            for row in rows
        ]

    def counts(
        self, figures: dict[str, int], plan: ExamPlan, named: dict[str, str], state: str
    ) -> list[dict[str, Any]]:
        return [
            {
                "key": name,
                "label": WORDS[name][1],
                "value": figures[name],
                "tone": WORDS[name][0] if figures[name] else "",
                "url": _address("evidence-duties", plan, named, "" if name == state else name),
                "active": name == state,
            }
            for name in STATES
        ]


class EvidenceDutiesReview(EvidenceDuties):
    """Judges missed duties, one or many: what their explanation is worth."""

    action = ACTION

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return redirect("evidence-duties")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = MissedForm(request.POST, duties=access.visible(self.actor, EvidenceDuty, ACTION))
        if not form.is_valid():
            chosen = request.POST.getlist("duty")
            errors = [str(error) for found in form.errors.values() for error in found]
            sent = {"note": request.POST.get("note", ""), "chosen": chosen, "errors": errors}
            return self.draw(sent=sent, status=422)
        said = form.cleaned_data
        rows = said["duty"].select_related(
            "room_session__site_unit__site", "room_session__site_unit__unit__plan"
        )
        verdict = Said(Verdict(said["verdict"]), said["note"])
        done, skipped = evidence_reviews.give_many(rows, verdict, actor=self.actor, now=self.now)
        if skipped:
            why = skipped[0].detail
            self.tell(SKIPPED.format(count=len(done), skipped=len(skipped), why=why))
        else:
            self.tell(REVIEWED.format(count=len(done)))
        return redirect(f"{reverse('evidence-duties')}?{request.GET.urlencode()}")


def _said(review: Any) -> dict[str, Any]:
    tone, label = VERDICTS[review.verdict]
    return {"review": review, "level": LEVELS[review.level], "tone": tone, "label": label}


def _address(name: str, plan: ExamPlan, named: dict[str, str], state: str) -> str:
    query = {"plan": plan.code} | named | {"status": state}
    return reverse(name, query={key: value for key, value in query.items() if value})
