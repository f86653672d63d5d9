"""监考编排 → 范围外选择: what proctors picked and do not have, each with the one touch that mends it (C11)."""

from datetime import datetime
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from exam_ops.core import access, clock, policies
from exam_ops.core.errors import Invalid, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import WantedDuty
from exam_ops.core.pages import Page
from proctors import words
from proctors.models import ProctorChange
from proctors.selectors import wanted
from proctors.services import wanted_news, wanting
from proctors.services.wanting import Offer, Step
from proctors.views import wanted_words
from proctors.views.grid_drawing import window_of

SHOWN = 20  # those whose unit comes first; the rest follow as these are settled
State = WantedDuty.State


class WantedDuties(Page):
    """The cards; to htmx the polled list alone."""

    action = wanted.SEE
    template = "proctors/wanted.html"
    fragment = "proctors/_wanted.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = wanted.wishes(self.actor, now=self.now)
        if not getattr(request, "htmx", False):
            return self.show(self.cards(rows))
        seen = rows.values_list("pk", "state", "last_at", "answered_at", "site_unit__starts_at")
        mark = (self.actor.user.pk, list(seen), int(self.now.timestamp()) // 60)
        return self.live(mark, lambda: self.show(self.cards(rows), template=self.fragment))

    def cards(self, rows: models.QuerySet[WantedDuty]) -> dict[str, Any]:
        wishes = list(rows[: SHOWN + 1])
        more = rows.count() - SHOWN if len(wishes) > SHOWN else 0
        offers = wanting.offers(wishes[:SHOWN], actor=self.actor, now=self.now)
        before = ProctorChange.objects.in_bulk([w.change for w in wishes if w.change])
        may = access.Once(self.actor, wanting.ACTION)
        return {
            "cards": [self.card(offer, before.get(offer.wish.change), may) for offer in offers],
            "more": more,
        }

    def card(self, offer: Offer, before: ProctorChange | None, may: access.Once) -> dict[str, Any]:
        wish = offer.wish
        plan = wish.site_unit.unit.plan
        is_theirs = may.refused(wish, wish.site_unit.site_id) is None
        held = offer.held
        window = window_of(wish.site_unit, plan, policies.of(plan), self.now)
        return {
            "offer": offer,
            "wish": wish,
            "plan": plan,
            "where": wanted_news.where(wish),
            "missing": wanted_news.MISSING[wish.missing],
            "window": window,
            "until_at": plan.real_time(window.until) if window.until else None,  # the page shows real time
            "first_at": plan.plan_time(wish.first_at),
            "last_at": plan.plan_time(wish.last_at),
            "called_at": _called_at(wish),
            "button": wanted_words.TOUCHES.get(offer.step, "") if is_theirs else "",
            "places": [(place.key, _named(place, wish)) for place in offer.places],
            "may_dismiss": is_theirs and offer.step is not Step.WAITS,
            "before": words.STATUSES[before.status][0] if before and offer.step is not Step.WAITS else "",
            "before_note": before.decision_note if before else "",
            "held_url": reverse("proctor-change-new", query={"room": held.pk}) if held and is_theirs else "",
            "certify_url": certify_url(wish) if offer.lacks_certificate and is_theirs else "",
        }


class WantedNotice(Page):
    """One line on 监考编排 while there is something to settle; polled."""

    action = wanted.SEE
    template = "proctors/_wanted_notice.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        size = wanted.wishes(self.actor, now=self.now).order_by().count()
        return self.live((self.actor.user.pk, size), lambda: self.show({"size": size}))


class WantedPlacement(Page):
    """The one touch; `place` names a place where there is a choice."""

    action = wanting.ACTION

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("wanted-duties")

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        try:
            key = request.POST.get("place", "")[:50]
            wish = wanting.place(pk, key, actor=self.actor, clock=clock.now)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            self.warn(refusal)
            return redirect("wanted-duties")
        self.tell(wanted_words.DONE[State(wish.state)] % {"name": wish.proctor.name})
        return redirect("wanted-duties")


class WantedDismissal(Page):
    """Says no, with the reason that the proctor reads; what was typed stays where it is not taken."""

    action = wanting.ACTION
    template = "proctors/wanted_dismissal.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return self.draw(pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        reason = request.POST.get("reason", "")
        try:
            wanting.dismiss(pk, reason, actor=self.actor, clock=clock.now)
        except Invalid as refusal:
            return self.draw(pk, reason=reason, error=say(refusal.errors[0].detail), status=422)
        except (wanting.AlreadyAnswered, wanting.NotNow) as refusal:
            self.warn(refusal)
        else:
            self.tell(gettext("已告知教师。"))
        return redirect("wanted-duties")

    def draw(self, pk: int, *, reason: str = "", error: str = "", status: int = 200) -> HttpResponse:
        rows = WantedDuty.objects.select_related(*wanted.RELATED)
        wish = access.get(self.actor, WantedDuty, self.action, rows, pk=pk)
        self.about(wish.site_unit.unit.plan)
        [offer] = wanting.offers([wish], actor=self.actor, now=self.now)
        there = [wanted_words.GO_THERE % {"room": offer.held.room.room_no}] if offer.held else []
        return self.show(
            {
                "wish": wish,
                "where": wanted_news.where(wish),
                "reasons": [*there, *wanted_words.DISMISSALS],
                "reason": reason,
                "error": error,
            },
            status=status,
        )


def _called_at(wish: WantedDuty) -> datetime | None:
    """When the duty officer was called for it (plan time)."""
    if wish.state != State.CALLED or wish.answered_at is None:
        return None
    return wish.site_unit.unit.plan.plan_time(wish.answered_at)


def _named(place: wanted.Place, wish: WantedDuty) -> str:
    said = {"room": place.session.room.room_no, "name": place.outgoing.name if place.outgoing else ""}
    return (wanted_words.REPLACE if place.outgoing else wanted_words.FREE_PLACE) % said


def certify_url(wish: WantedDuty) -> str:
    """The proctor's page of 实名认证."""
    profile = getattr(wish.proctor, "proctor", None)
    return reverse("registry-proctor", args=[profile.pk]) if profile else ""
