"""考后核验, one pair at a time: by keyboard, by touch, or without any script (C16)."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from exam_ops.core.errors import Invalid, NotFound, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import SiteUnit
from exam_ops.core.pages import Page
from exam_ops.rules.photo_hints import WORDS, Hint
from exam_ops.rules.post_exam import Result
from verification.models import PostExamCheck, SignIn
from verification.selectors.photos import has_no_preview
from verification.selectors.post_exam import Pair, Source, before, next_pair, pairs, progress
from verification.services import faces, post_exam
from verification.services.post_exam import AlreadyChecked, PhotoArrived, Verdict
from verification.views import words
from verification.views.post_exam import RESULTS, SOURCES, find

GO_ON = (AlreadyChecked, PhotoArrived)


class PairPage(Page):
    """What looking, deciding and taking back share: the pairs of one site unit, narrowed to a room."""

    action = "post_exam.check"
    template = "verification/post_exam_pair.html"
    fragment = "verification/_post_exam_pair.html"

    @property
    def room(self) -> int | None:
        return number(self.request.POST.get("room") or self.request.GET.get("room"))

    def turn(
        self,
        site_unit: SiteUnit,
        *,
        asked: int | None = None,
        after: int | None = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        """Shows the pair asked for, else the next one that nobody else looks at."""
        everybody = pairs(site_unit, now=self.now)
        found = [pair for pair in everybody if self.room in (None, pair.room_session_id)]
        pair = self._asked(found, asked) if asked else self._free(found, after)
        rooms = [room for room in progress(everybody)[1] if room.room_session_id]
        context = {
            "site_unit": site_unit,
            "site": site_unit.site,
            "plan": site_unit.unit.plan,
            "unit_name": words.unit_words(site_unit.unit),
            "room": self.room,
            "rooms": [(room.room_session_id, words.room_name(room.name), room.left) for room in rooms],
            "whole": progress(found)[0],
            "held": sum(pair.held_by is not None and pair.check is None for pair in found),
            "url": reverse("post-exam-pair", args=[site_unit.pk]),
            "undo_url": reverse("post-exam-undo", args=[site_unit.pk]),
        } | more
        if pair is not None:
            context |= {"card": shown(pair, found), "back": before(found, pair.sitting_id)}
        is_part = bool(getattr(self.request, "htmx", False))
        response = self.show(context, template=self.fragment if is_part else self.template, status=status)
        response["Cache-Control"] = "private, no-cache"
        return response

    def _asked(self, found: Sequence[Pair], sitting_id: int) -> Pair:
        pair = next((pair for pair in found if pair.sitting_id == sitting_id), None)
        if pair is None:
            raise NotFound()
        if pair.check is None:
            post_exam.hold(sitting_id, user=self.actor.user, now=self.now)
        return pair

    def _free(self, found: list[Pair], after: int | None) -> Pair | None:
        """The next pair, once it is laid on this screen; one that another takes in between is passed over."""
        user = self.actor.user
        while (pair := next_pair(found, user_id=user.pk, after=after)) is not None:
            if post_exam.hold(pair.sitting_id, user=user, now=self.now):
                return pair
            pair.held_by = -1
        return None


class PostExamPair(PairPage):
    """Looks at a pair and takes the verdict."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        site_unit = find(self, pk)
        if self.now < site_unit.ends_at:
            raise post_exam.NotEnded()
        last = number(request.GET.get("last"))
        return self.turn(
            site_unit,
            asked=number(request.GET.get("sitting")),
            after=number(request.GET.get("after")),
            last=_own(last, self),
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        site_unit = find(self, pk)
        sitting, result = number(request.POST.get("sitting")), request.POST.get("result", "")
        if sitting is None or result not in set(Result):
            raise Invalid()
        note = request.POST.get("note", "")[:500]
        verdict = Verdict(sitting, Result(result), note, request.POST.get("photo", "")[:64])
        try:
            check = post_exam.give(verdict, site_unit=site_unit, actor=self.actor, now=self.now)
        except Invalid as invalid:
            errors = [say(error.detail) for error in invalid.errors]
            return self.turn(site_unit, asked=sitting, note=note, wanted=result, errors=errors, status=422)
        except GO_ON as refusal:
            return self._told(site_unit, sitting, refusal)
        return self._next(site_unit, after=sitting, last=check)

    def _next(self, site_unit: SiteUnit, *, after: int, last: PostExamCheck) -> HttpResponseBase:
        if getattr(self.request, "htmx", False):
            return self.turn(site_unit, after=after, last=last)
        query = {"after": after, "last": last.pk} | ({"room": self.room} if self.room else {})
        return redirect(reverse("post-exam-pair", args=[site_unit.pk], query=query))

    def _told(self, site_unit: SiteUnit, sitting: int, refusal: Refusal) -> HttpResponseBase:
        """Somebody was faster: says so and goes on; a photo that has just arrived is shown."""
        is_new = isinstance(refusal, PhotoArrived)
        response = self.turn(
            site_unit, asked=sitting if is_new else None, after=sitting, notice=say(refusal.detail)
        )
        toast = {"level": "warning", "title": say(refusal.title), "text": say(refusal.detail)}
        response["HX-Trigger"] = json.dumps({"toast": toast})
        return response


class PostExamUndo(PairPage):
    """Takes the last verdict back and shows its pair again."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("post-exam-pair", find(self, pk).pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        site_unit = find(self, pk)
        check = _own(number(request.POST.get("check")), self)
        if check is None or check.site_unit_id != site_unit.pk:
            raise post_exam.NothingToUndo()
        post_exam.undo(check, actor=self.actor, now=self.now)
        return self.turn(site_unit, asked=check.sitting_id, notice=gettext("已撤销，请重新判断。"))


def shown(pair: Pair, found: Sequence[Pair]) -> dict[str, Any]:
    """A pair as the page draws it."""
    photo_url = original_url = ""
    if pair.photo_id is not None:
        kind = "sign_in" if pair.source is Source.SIGN_IN else "request"
        photo_url = reverse("file-photo", args=[kind, pair.photo_id])
        original_url = f"{photo_url}?size=original"
    sign_in = None
    if pair.photo_id is not None and pair.source is Source.SIGN_IN:
        sign_in = SignIn.objects.filter(pk=pair.photo_id).first()
    return {
        "pair": pair,
        "place": words.place_of(pair.room_no, pair.seat_no),
        "photo_url": photo_url,
        "original_url": original_url,
        "reference_url": reverse("file-photo", args=["reference", pair.sitting_id])
        if pair.has_reference
        else "",
        "source": SOURCES[pair.source],
        "hints": [say(WORDS[Hint(hint)]) for hint in pair.hints],
        "opinion": faces.opinion_on(sign_in) if sign_in else None,
        "detail_url": reverse("sitting-detail", args=[pair.sitting_id]),
        "evidence_url": reverse("evidence-room", args=[pair.room_session_id])
        if pair.source is Source.EVIDENCE and pair.room_session_id
        else "",
        "number": next(n for n, other in enumerate(found, start=1) if other is pair),
        "needs_note": not pair.photo,
        "result": RESULTS[Result(pair.check.result)] if pair.check else None,
        "is_heic": has_no_preview(pair.photo) if pair.photo else False,
    }


def _own(pk: int | None, page: PairPage) -> PostExamCheck | None:
    """A verdict in force of the person at the page."""
    if pk is None:
        return None
    rows = PostExamCheck.objects.select_related("sitting__candidate", "site_unit__unit__plan", "room_session")
    return rows.filter(pk=pk, by=page.actor.user, withdrawn_at=None).first()


def number(text: str | None) -> int | None:
    """A primary key as an address or a form names it."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
