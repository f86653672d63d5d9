"""应急材料审核: how far every site is, and where the branch's word is wanted first (C14)."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.core.pages import Page
from exam_ops.rules.evidence_review import Level
from incidents import review_selectors
from incidents.forms_review import PlaceQuery
from incidents.review_selectors import TODO, Figures, Looker
from incidents.views.review_card import STATES, state_words

PAGE_SIZE = 50


class EvidenceReviews(Page):
    """A plan's sites and units with pictures: what is doubted first, then what waits."""

    action = review_selectors.SEE
    template = "incidents/reviews.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        named = PlaceQuery(request.GET).named()
        plans = list(review_selectors.plans_of(self.actor)[:200])
        plan = next((p for p in plans if p.code == named["plan"]), plans[0] if plans else None)
        if plan is None:
            return self.show({"plans": []})
        self.about(plan)
        unit = named["unit"]
        who = review_selectors.looker(self.actor, plan, now=self.now)
        found = review_selectors.items(self.actor, plan, unit=unit)
        figures = review_selectors.count(found, who)
        page = Paginator(review_selectors.by_site_unit(found, who), PAGE_SIZE).get_page(
            request.GET.get("page")
        )
        return self.show(
            {
                "plans": plans,
                "plan": plan,
                "units": review_selectors.units_of(self.actor, plan),
                "unit": unit,
                "figures": figures,
                "counts": _counts(figures, plan, unit),
                "page": page,
                "rows": self.rows(page, plan, who),
                "is_branch": who.level is Level.BRANCH,
                "reads_only": who.level is None,
                "start_url": _url(plan, unit=unit),
            }
        )

    def rows(self, page: Any, plan: ExamPlan, who: Looker) -> list[dict[str, Any]]:
        """Each site in each unit with its figures, and the way to its pictures."""
        loaded = SiteUnit.objects.select_related("site__branch", "unit").in_bulk([pk for pk, _ in page])
        return [
            {
                "site_unit": loaded[pk],
                "figures": figures,
                "states": [
                    (STATES[s], figures.states[s]) for s in review_selectors.STATES[1:] if figures.states[s]
                ],
                "url": _url(plan, unit=loaded[pk].unit.code, site=loaded[pk].site.code),
            }
            for pk, figures in page
        ]


def _counts(figures: Figures, plan: ExamPlan, unit: str) -> list[dict[str, Any]]:
    """The figures over everything; each leads to its pictures."""
    shown = [(TODO, figures.waiting)] + [(s, figures.states[s]) for s in review_selectors.STATES[1:]]
    return [
        {
            "key": state,
            "label": state_words(state),
            "value": value,
            "tone": STATES[state][0] if value else "",
            "url": _url(plan, unit=unit, state=state) if value else "",
        }
        for state, value in shown
    ]


def _url(plan: ExamPlan, **named: str) -> str:
    query = {"plan": plan.code} | {name: value for name, value in named.items() if value}
    return reverse("evidence-review", query=query)
