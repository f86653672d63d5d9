"""应急材料审核, one picture at a time: by keyboard, by touch, or without any script (C14)."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from exam_ops.core import access
from exam_ops.core.errors import Invalid, NotFound, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan
from exam_ops.core.pages import Page
from exam_ops.rules.evidence_review import Verdict
from incidents import review_selectors
from incidents.forms_review import ReviewForm, ReviewQuery
from incidents.models import Evidence, EvidenceReview
from incidents.review_selectors import TODO, Item, Looker
from incidents.services import evidence_reviews
from incidents.services.evidence_reviews import ACTION, RELATED, Said
from incidents.services.review_refusals import AlreadyReviewed, NothingToTakeBack, Withdrawn
from incidents.views.review_card import card, state_words

GO_ON = (AlreadyReviewed, Withdrawn)  # somebody was faster: told, and on to the next one
PLACE = ("plan", "unit", "site", "room", "state")


class ReviewPage(Page):
    """What looking, judging and taking back share: a plan's pictures in the place and state that were asked for."""

    action = review_selectors.SEE
    template = "incidents/review.html"
    fragment = "incidents/_review.html"

    @property
    def is_part(self) -> bool:
        """Whether the page's own script asks, for the part that changes."""
        return bool(getattr(self.request, "htmx", False))

    def asked(self) -> dict[str, Any]:
        """Place, state and picture as the address names them."""
        return ReviewQuery(self.request.GET).named()

    def turn(self, asked: dict[str, Any], *, status: int = 200, **more: Any) -> HttpResponse:
        """Shows the picture asked for, else the next one in turn."""
        plan = self.plan(asked["plan"])
        if plan is None:
            return redirect("evidence-reviews")  # no picture yet, anywhere
        self.about(plan)
        who = review_selectors.looker(self.actor, plan, now=self.now)
        place = {name: asked[name] for name in ("unit", "site")}
        everything = review_selectors.items(self.actor, plan, **place)
        here = [item for item in everything if asked["room"] in ("", item.room_no)]
        found = review_selectors.narrowed(review_selectors.in_turn(here, who), asked["state"], who)
        item = self.chosen(found, here, asked, who)
        context = self.frame(plan, who, asked, everything, here) | more
        if item is not None:
            row = self.picture(item)
            context |= {
                "card": card(row, item, who, actor=self.actor, now=self.now),
                "number": next((n for n, other in enumerate(found, start=1) if other is item), 0),
                "of": len(found),
                "back": review_selectors.before(found, item.pk),
            }
        response = self.show(context, template=self.fragment if self.is_part else "", status=status)
        response["Cache-Control"] = "private, no-cache"
        return response

    def plan(self, code: str) -> ExamPlan | None:
        """The plan that was named, else the latest with pictures."""
        plans = review_selectors.plans_of(self.actor)
        named = plans.filter(code=code).first() if code else plans.first()
        if named is None and code:
            raise NotFound()
        return named

    def chosen(
        self, found: Sequence[Item], here: Sequence[Item], asked: dict[str, Any], who: Looker
    ) -> Item | None:
        if asked["evidence"]:
            item = next((item for item in here if item.pk == asked["evidence"]), None)
            if item is None:
                raise NotFound()
            return item
        return review_selectors.next_item(found, asked["state"], who, after=asked["after"] or None)

    def frame(
        self,
        plan: ExamPlan,
        who: Looker,
        asked: dict[str, Any],
        everything: Sequence[Item],
        here: Sequence[Item],
    ) -> dict[str, Any]:
        """The filters with their counts, the progress and the last verdict."""
        sites = sorted(
            {
                (item.site_code, item.site_name)
                for item in review_selectors.items(self.actor, plan, unit=asked["unit"])
            }
        )
        figures = review_selectors.count(here, who)
        return {
            "plan": plan,
            "asked": {name: asked[name] for name in PLACE}
            | {"plan": plan.code, "state": asked["state"] or TODO},
            "units": review_selectors.units_of(self.actor, plan),
            "sites": sites,
            "rooms": sorted({item.room_no for item in everything})
            if asked["site"] or len(sites) == 1
            else [],
            "states": [
                (state, state_words(state), figures.waiting if state == TODO else figures.states[state])
                for state in review_selectors.STATES
            ],
            "figures": figures,
            "reads_only": who.level is None,
            "last": self.own(asked["last"]) if asked["last"] else None,
            "url": reverse("evidence-review"),
            "undo_url": reverse("evidence-review-undo"),
        }

    def picture(self, item: Item) -> Evidence:
        rows = Evidence.objects.select_related(*RELATED)
        return access.get(self.actor, Evidence, self.action, rows, pk=item.pk)

    def own(self, pk: int) -> EvidenceReview | None:
        """The actor's own verdict in force of that key."""
        rows = EvidenceReview.objects.select_related(
            "evidence",
            "duty",
            "room_session__room",
            "room_session__site_unit__site",
            "room_session__site_unit__unit__plan",
        )
        return rows.filter(pk=pk, by=self.actor.user, is_current=True, evidence__isnull=False).first()


class EvidenceReviewing(ReviewPage):
    """Looks at a picture and takes the verdict."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.turn(self.asked())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        self.actor.require(ACTION)
        form = ReviewForm(request.POST)
        if not form.is_valid():
            raise Invalid()
        said = dict(form.cleaned_data)
        rows = Evidence.objects.select_related(*RELATED)
        row = access.get(self.actor, Evidence, ACTION, rows, pk=said["evidence"])
        asked = self.asked() | {"plan": row.room_session.site_unit.unit.plan.code}
        verdict = Said(Verdict(said["verdict"]), said["note"], said["changes"])
        try:
            review, _ = evidence_reviews.give(row, verdict, actor=self.actor, now=self.now)
        except GO_ON as refusal:
            return self.told(asked | {"evidence": "", "after": row.pk}, refusal)
        except Refusal as refusal:
            errors = [say(error.detail) for error in refusal.errors] or [say(refusal.detail)]
            shown = {"note": said["note"], "wanted": said["verdict"], "errors": errors}
            status = 422 if self.is_part else refusal.status  # of refusals the script swaps in 422 alone
            return self.turn(asked | {"evidence": row.pk}, status=status, **shown)
        return self.go_on(asked | {"evidence": "", "after": row.pk, "last": review.pk})

    def go_on(self, asked: dict[str, Any]) -> HttpResponseBase:
        if self.is_part:
            return self.turn(asked)
        query = {name: value for name, value in asked.items() if value}
        return redirect(reverse("evidence-review", query=query))

    def told(self, asked: dict[str, Any], refusal: Refusal) -> HttpResponseBase:
        """Somebody was faster: says who and when, and goes on."""
        response = self.turn(asked, notice=say(refusal.detail))
        toast = {"level": "warning", "title": say(refusal.title), "text": say(refusal.detail)}
        response["HX-Trigger"] = json.dumps({"toast": toast})
        return response


class EvidenceReviewUndo(ReviewPage):
    """Takes the last verdict back and shows its picture again."""

    action = ACTION

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return redirect("evidence-review")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        asked = self.asked()
        review = self.own(asked["last"]) if asked["last"] else None
        if review is None:
            raise NothingToTakeBack()
        evidence_reviews.take_back(review, actor=self.actor, now=self.now)
        plan = review.room_session.site_unit.unit.plan
        picture = {"plan": plan.code, "evidence": review.evidence_id, "last": "", "after": ""}
        return self.turn(asked | picture, notice=gettext("已撤销，请重新判断。"))
