"""实名认证核对: document, photo, name and number side by side, by keyboard or touch, the next one follows (B2)."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exam_ops.core import events
from exam_ops.core.errors import Invalid, NotFound, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import ProctorProfile
from exam_ops.core.pages import Page
from exam_ops.rules.certification import DOCUMENT_WORDS, Fact, Finding, Need, Part
from proctors import registry_words as words
from proctors.models import CertificateCheck
from proctors.selectors import registry as selectors
from proctors.services import certifying
from proctors.services.certifying import (
    AlreadyCompared,
    FactsChanged,
    NotReady,
    OnlyIntegrityOfficer,
    Verdict,
)
from proctors.views.counted import number
from proctors.views.registry import errors_of

AGREED = dict.fromkeys(Part, Finding.AGREES)
UNCLEAR = dict.fromkeys(Part, Finding.UNCLEAR)
VERDICTS: dict[str, tuple[Any, str, dict[Part, Finding], tuple[Need, ...]]] = {
    "agrees": (_("三项一致"), "in", AGREED, ()),
    "number": (_("证件号码不一致"), "rejected", UNCLEAR | {Part.NUMBER: Finding.DIFFERS}, ()),
    "name": (_("姓名不一致"), "rejected", UNCLEAR | {Part.NAME: Finding.DIFFERS}, ()),
    "photo": (_("不是同一人"), "rejected", UNCLEAR | {Part.PHOTO: Finding.DIFFERS}, ()),
    "clear_photo": (
        _("本人照片不能用（无人脸、模糊）"),
        "pending",
        AGREED | {Part.PHOTO: Finding.UNCLEAR},
        (Need.CLEAR_PHOTO,),
    ),
    "clear_document": (_("证件照片不能用"), "pending", UNCLEAR, (Need.CLEAR_DOCUMENT_PHOTO,)),
    "unclear": (_("无法判断"), "pending", UNCLEAR, ()),
}
"""What one touch says: words, colour, what it means for each of the three, which picture is asked for again."""

SAY_WHY = frozenset({"number", "name", "photo", "unclear"})
GO_ON = (AlreadyCompared, FactsChanged, NotReady)


class RegistryCompare(Page):
    """Looks at the next proctor of the queue, or the one asked for, and takes the verdict."""

    action = certifying.ACTION
    template = "proctors/registry_compare.html"
    fragment = "proctors/_registry_compare.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        self.require_right()
        return self.turn(
            asked=number(request.GET.get("proctor")),
            after=number(request.GET.get("after")),
            last=self.own(number(request.GET.get("last"))),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        self.require_right()
        pk, said = number(request.POST.get("proctor")), request.POST.get("result", "")
        if pk is None or said not in VERDICTS:
            raise Invalid()
        _label, _tone, findings, unusable = VERDICTS[said]
        note = request.POST.get("note", "")
        verdict = Verdict(pk, number(request.POST.get("revision")) or 0, findings, unusable, note)
        try:
            check = certifying.compare(verdict, actor=self.actor, now=self.now)
        except Invalid as invalid:
            return self.turn(asked=pk, note=note, wanted=said, errors=errors_of(invalid), status=422)
        except GO_ON as refusal:
            return self.told(pk, refusal)
        if getattr(request, "htmx", False):
            return self.turn(after=pk, last=check)
        return redirect(reverse("registry-compare", query={"after": pk, "last": check.pk}))

    def require_right(self) -> None:
        if not certifying.may_compare_somewhere(self.actor):
            raise OnlyIntegrityOfficer()

    def turn(
        self, *, asked: int | None = None, after: int | None = None, status: int = 200, **more: Any
    ) -> HttpResponse:
        """Lays a proctor on this screen, whole number included, which is written down."""
        queue = selectors.queue(self.actor)
        profile = self.asked(asked) if asked else self.free(queue, after)
        context = {"left": queue.count(), "url": reverse("registry-compare")} | more
        if profile is not None:
            events.record(
                "id_number.shown", now=self.now, actor=self.actor.user, subject=f"proctor {profile.pk}"
            )
            context["card"] = card(profile)
        is_part = bool(getattr(self.request, "htmx", False))
        response = self.show(context, template=self.fragment if is_part else self.template, status=status)
        response["Cache-Control"] = "private, no-store"
        return response

    def asked(self, pk: int) -> ProctorProfile:
        """The one that the address names, once it may be compared; raises what stands against it."""
        found = selectors.profiles(self.actor, selectors.Asked()).select_related(*certifying.RELATED)
        profile = found.filter(pk=pk).first()
        if profile is None:
            raise NotFound()
        if refusal := certifying.against(self.actor, profile, now=self.now):
            raise refusal
        certifying.hold(pk, user=self.actor.user, now=self.now)
        return profile

    def free(self, queue: Any, after: int | None) -> ProctorProfile | None:
        """The next one that nobody else looks at; one that another takes in between is passed over."""
        for _try in range(5):
            profile = selectors.next_in(queue, after, actor=self.actor, now=self.now)
            if profile is None or certifying.hold(profile.pk, user=self.actor.user, now=self.now):
                return profile
            after = profile.pk
        return None

    def told(self, pk: int, refusal: Refusal) -> HttpResponse:
        """Somebody was faster, or the facts changed: says so and goes on."""
        response = self.turn(after=pk, notice=say(refusal.detail))
        toast = {"level": "warning", "title": say(refusal.title), "text": say(refusal.detail)}
        response["HX-Trigger"] = json.dumps({"toast": toast})
        return response

    def own(self, pk: int | None) -> CertificateCheck | None:
        """The verdict that this person has just given."""
        rows = CertificateCheck.objects.select_related("profile__user")
        return rows.filter(pk=pk, by=self.actor.user).first() if pk else None


def card(profile: ProctorProfile) -> dict[str, Any]:
    """A proctor as the comparison shows them."""
    return {
        "profile": profile,
        "document": say(DOCUMENT_WORDS[profile.kind]),
        "number": _spaced(profile.id_no),
        "photo_url": _url(profile, Fact.PHOTO),
        "document_url": _url(profile, Fact.DOCUMENT_PHOTO),
        "hints": [
            (str(label), hint)
            for label, fact in ((_("本人照片"), Fact.PHOTO), (_("证件照片"), Fact.DOCUMENT_PHOTO))
            for hint in words.hints(profile, fact)
        ],
        "namesakes": selectors.namesakes(profile),
        "chip": words.chip(profile),
        "verdicts": [
            {"key": str(place), "value": name, "label": label, "tone": tone, "asks": name in SAY_WHY}
            for place, (name, (label, tone, _f, _n)) in enumerate(VERDICTS.items(), start=1)
        ],
    }


def _url(profile: ProctorProfile, fact: Fact) -> str:
    there = profile.photo if fact is Fact.PHOTO else profile.document_photo
    return reverse("registry-photo", args=[profile.pk, fact.value]) if there else ""


def _spaced(number: str) -> str:
    """Area, birth date and the rest apart, as the eye compares them."""
    return f"{number[:6]} {number[6:14]} {number[14:]}" if len(number) == 18 else number
