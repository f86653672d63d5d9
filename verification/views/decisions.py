"""Deciding entry requests on the web (C3, C4): one by one touch, many after a preview that says whom it skips."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django_htmx.http import trigger_client_event

from exam_ops.core import access
from exam_ops.core.decided import Answer
from exam_ops.core.errors import Invalid, NotFound, Refusal
from exam_ops.core.language import say as in_language
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from verification.forms import DecisionForm
from verification.models import EntryRequest
from verification.services.decisions import OwnRequest, can_decide, decide, decide_many
from verification.views import words

CHANGED = "entry:decided"  # boards on the page draw themselves anew
Status = EntryRequest.Status


class EntryRequestsDecide(Page):
    """POST `ids`, `outcome` and, for a refusal, `reason`; with `many` the answer is first a preview."""

    action = "entry.decide"
    template = "verification/bulk_preview.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("sign-in-plans")  # after a fresh login: the queue is there

    def post(self, request: HttpRequest) -> HttpResponseBase:
        asked = request.GET.copy()
        for name, values in request.POST.lists():
            asked.setlist(name, values)
        self.back = self._back(asked.get("next", ""))
        form = DecisionForm({**asked.dict(), "ids": asked.getlist("ids")})
        try:
            if not form.is_valid():
                raise Invalid(detail=Text(form.first_error, form.first_error))
            if form.is_preview:
                return self._preview(form)
            return self._done(*self._decide(form))
        except Refusal as refusal:
            return self._refused(refusal)

    def _decide(self, form: DecisionForm) -> tuple[str, str]:
        """Carries it out; returns the toast's level and words."""
        asked = form.cleaned_data
        given = {"outcome": asked["outcome"], "note": asked["reason"], "actor": self.actor, "now": self.now}
        ids: list[UUID] = asked["ids"]
        if asked["many"] or len(ids) > 1:
            found = decide_many(ids, **given)
            if not (found.decided or found.repeated or found.skipped):
                raise NotFound()
            level = "warning" if found.skipped else "success"
            return level, _said(
                asked["outcome"], len(found.decided + found.repeated), found.skipped, done=True
            )
        request, _ = decide(ids[0], **given)
        name = request.sitting.candidate.name
        sentence = (
            gettext("已同意 %(name)s 入场")
            if asked["outcome"] == Status.APPROVED
            else gettext("已不同意 %(name)s 入场")
        )
        return "success", sentence % {"name": name}

    def _preview(self, form: DecisionForm) -> HttpResponse:
        """Who would be decided and who skipped, and why; nothing is changed."""
        asked = form.cleaned_data
        rows = (
            access.visible(self.actor, EntryRequest)
            .filter(pk__in=asked["ids"])
            .select_related("sitting__candidate", "room_session__room", "decided_by", "site_unit__unit__plan")
            .defer("sitting__candidate__id_no")
            .order_by("requested_at", "pk")
        )
        answers = can_decide(self.actor, rows, now=self.now)
        free = [a.row for a in answers if a.refusal is None]
        skipped = [a for a in answers if a.refusal is not None]
        refuses = asked["outcome"] == Status.REJECTED
        context = {
            "sentence": _said(asked["outcome"], len(free), skipped, done=False),
            "free": [_listed(r) for r in free],
            "skipped": [{**_listed(a.row), "why": _why(a)} for a in skipped],
            "ids": [r.pk for r in free],
            "outcome": asked["outcome"],
            "refuses": refuses,
            "choices": words.REFUSAL_REASONS if refuses else (),
            "back": self.back,
            "action": reverse("entry-requests-decide"),
        }
        if self._is_htmx:
            return self.show(context, template="verification/_bulk_preview.html")
        return self.show(context)

    def _done(self, level: str, sentence: str) -> HttpResponse:
        if self._is_htmx:
            response = HttpResponse(status=204)
            trigger_client_event(response, "toast", {"level": level, "text": sentence})
            return trigger_client_event(response, CHANGED)
        self.tell(sentence)
        return redirect(self.back)

    def _refused(self, refusal: Refusal) -> HttpResponse:
        """Says why not, and has the boards drawn anew: somebody else may have been faster."""
        if self._is_htmx:
            context = {"refusal": refusal}
            response = render(self.request, "refusal_fragment.html", context, status=refusal.status)
            return trigger_client_event(response, CHANGED)
        self.warn(refusal)
        return redirect(self.back)

    @property
    def _is_htmx(self) -> bool:
        return bool(getattr(self.request, "htmx", False))

    def _back(self, asked: str) -> str:
        fits = url_has_allowed_host_and_scheme(asked, allowed_hosts={self.request.get_host()})
        return asked if fits and asked.startswith("/") else reverse("sign-in-plans")


def _said(outcome: str, size: int, skipped: Iterable[Answer[EntryRequest]], *, done: bool) -> str:
    """`将批准 23 名，跳过 2 名：已签到 2`."""
    sentences = {
        (Status.APPROVED, False): gettext("将批准 %(n)d 名"),
        (Status.REJECTED, False): gettext("将不同意 %(n)d 名入场"),
        (Status.APPROVED, True): gettext("已批准 %(n)d 名"),
        (Status.REJECTED, True): gettext("已不同意 %(n)d 名入场"),
    }
    said = sentences[Status(outcome), done] % {"n": size}
    reasons = Counter(_why(answer) for answer in skipped)
    if not reasons:
        return said
    why = gettext("，").join(f"{reason} {number}" for reason, number in reasons.most_common())
    return gettext("%(said)s，跳过 %(n)d 名：%(why)s") % {"said": said, "n": reasons.total(), "why": why}


def _why(answer: Answer[EntryRequest]) -> str:
    """A word for why a request is skipped."""
    if answer.row.status == Status.WITHDRAWN:
        return gettext("已签到")
    if isinstance(answer.refusal, OwnRequest):
        return gettext("本人提交的申请")
    return in_language(answer.refusal.title) if answer.refusal else ""


def _listed(request: EntryRequest) -> dict[str, Any]:
    sitting = request.sitting
    return {
        "name": sitting.candidate.name,
        "place": words.place_of(request.room_session.room.room_no, sitting.seat_no),
        "reason": words.reason_words(request),
    }
