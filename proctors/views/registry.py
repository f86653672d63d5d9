"""实名认证: the registry of proctors by state, one proctor with their history, their pictures and their number (B2)."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from exam_ops.core import access, link_views, links, photo_views
from exam_ops.core.errors import Invalid, NotFound, Refusal, TooMany
from exam_ops.core.language import say
from exam_ops.core.models import ProctorProfile
from exam_ops.core.pages import Page
from exam_ops.rules import certification
from exam_ops.rules.certification import Fact, State
from proctors import registry_words as words
from proctors.forms_registry import RevealForm
from proctors.selectors import registry as selectors
from proctors.selectors.registry import Asked, Group
from proctors.services import certifying, registry, registry_photos, registry_reveal

PAGE_SIZE = 50
HISTORY = 100
SEE_EVENTS = "event.see"


class Registry(Page):
    """The proctors of site, branch or nation, with their states as filters; trouble first."""

    action = selectors.SEE
    template = "proctors/registry.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = Asked.of(request.GET)
        rows = selectors.profiles(self.actor, asked)
        chosen = selectors.in_order(selectors.in_group(rows, asked.state), now=self.now)
        page = Paginator(chosen, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {
            "asked": asked,
            "branches": selectors.branches(self.actor),
            "sites": selectors.sites(self.actor, asked.branch),
            "counts": _counts(selectors.counted(rows), asked),
            "page": page,
            "lines": [words.shown(profile) for profile in page],
            "may_enter": self.actor.may(registry.ENTER),
            "may_compare": certifying.may_compare_somewhere(self.actor),
            "export_url": asked.address("registry-export"),
            "is_narrowed": asked != Asked(),
        }
        return self.show(context)


class RegistryFind(Page):
    """Finds by name, account or whole number; a number leads to its person and stands in no address."""

    action = selectors.SEE

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("registry")

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = Asked.of(request.POST)
        if not selectors.looks_like_a_number(asked.q):
            return redirect(asked.address())
        if profile := selectors.by_number(self.actor, asked.q):
            return redirect("registry-proctor", profile.pk)
        messages.warning(request, gettext("您的范围内没有这个证件号码。请逐位核对，号码须填写完整。"))
        return redirect(asked.address(q=""))


class ProctorPage(Page):
    """What every page of one proctor shares."""

    action = selectors.SEE
    template = "proctors/registry_proctor.html"

    def draw(self, pk: int, *, status: int = 200, **more: Any) -> HttpResponse:
        profile = self.find(pk)
        checks = profile.checks.select_related("by")[:HISTORY]
        context = words.shown(profile) | {
            "is_unproven": profile.is_unproven,
            "why_not": certification.why_not(profile.kind) if profile.id_no else None,
            "history": [words.entry(check) for check in checks],
            "pictures": [_picture(profile, fact) for fact in (Fact.PHOTO, Fact.DOCUMENT_PHOTO)],
            "may_enter": self._may(registry.ENTER, profile),
            "may_reveal": bool(profile.id_no) and self._may(registry_reveal.ACTION, profile),
            "may_compare": certifying.against(self.actor, profile, now=self.now) is None
            and self.is_open(profile),
            "may_reopen": profile.status in (State.CERTIFIED, State.REFUSED)
            and certifying.may_reopen(self.actor, profile),
            "form": RevealForm(),
            "reveals": words.reveals(profile) if self.actor.may(SEE_EVENTS) else [],
        }
        response = self.show(context | more, status=status)
        response["Cache-Control"] = "private, no-store"
        return response

    def find(self, pk: int) -> ProctorProfile:
        rows = ProctorProfile.objects.select_related(*certifying.RELATED)
        return access.get(self.actor, ProctorProfile, selectors.SEE, rows, pk=pk)

    def is_open(self, profile: ProctorProfile) -> bool:
        return profile.status in certification.OPEN or profile.is_unproven

    def _may(self, action: str, profile: ProctorProfile) -> bool:
        return access.refused(self.actor, action, profile) is None


class RegistryProctor(ProctorPage):
    """One proctor: facts masked, what is missing, the history of every comparison."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.draw(pk)


class RegistryNumber(ProctorPage):
    """Shows the whole number once, for a purpose; the answer is kept nowhere."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect("registry-proctor", self.find(pk).pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = RevealForm(request.POST)
        if not form.is_valid():
            return self.draw(pk, form=form, asks_number=True, status=422)
        try:
            number = registry_reveal.reveal(pk, **form.cleaned_data, actor=self.actor, now=self.now)
        except (Invalid, TooMany) as refusal:
            form.add_error(None, say(refusal.detail))
            return self.draw(pk, form=form, asks_number=True, status=refusal.status)
        return self.draw(pk, revealed=number)


class RegistryReopen(ProctorPage):
    """Has a settled proctor looked at again, with a reason."""

    action = certifying.ACTION

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect("registry-proctor", self.find(pk).pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            certifying.reopen(pk, reason=request.POST.get("reason", ""), actor=self.actor, now=self.now)
        except (Invalid, certifying.FactsChanged) as refusal:
            found = [say(error.detail) for error in refusal.errors] or [say(refusal.detail)]
            return self.draw(
                pk, reopen_errors=found, reopen_reason=request.POST.get("reason", ""), status=refusal.status
            )
        self.tell(gettext("已要求重新核对，考点会收到通知。"))
        return redirect("registry-proctor", pk)


class RegistryPhoto(Page):
    """A proctor's photo or the picture of the document: permission first, then a link of five minutes; on record."""

    action = selectors.SEE

    def get(self, request: HttpRequest, pk: int, fact: str) -> HttpResponseBase:
        if fact not in (Fact.PHOTO, Fact.DOCUMENT_PHOTO):
            raise NotFound()
        sha256, look = registry_photos.shown(self.actor, pk, Fact(fact))
        photo_views.record(look, user=self.actor.user, now=self.now)
        return links.lead(links.Linked(sha256), link_views.browser(self), now=self.now)


def errors_of(refusal: Refusal) -> list[str]:
    """What is wrong, in words."""
    return [say(error.detail) for error in refusal.errors] or [say(refusal.detail)]


def _picture(profile: ProctorProfile, fact: Fact) -> dict[str, Any]:
    there = profile.photo if fact is Fact.PHOTO else profile.document_photo
    return {
        "label": say(certification.FACT_WORDS[fact]),
        "url": reverse("registry-photo", args=[profile.pk, fact.value]) if there else "",
        "hints": words.hints(profile, fact),
    }


def _counts(figures: dict[Group, int], asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "key": group.value,
            "label": words.GROUPS[group][0],
            "value": figures[group],
            "tone": words.GROUPS[group][1] if figures[group] else "",
            "url": asked.address(state="" if group == asked.state else group),
            "active": group == asked.state,
        }
        for group in Group
    ]
