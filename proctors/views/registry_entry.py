"""Entering a proctor and correcting what stands there: what is wrong is named at its field, nothing typed is lost (B2)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from exam_ops.core import access
from exam_ops.core.errors import Invalid
from exam_ops.core.language import say
from exam_ops.core.models import ExamSite, ProctorProfile
from exam_ops.core.pages import Page
from proctors.forms_registry import EntryForm
from proctors.registry_words import chip
from proctors.services import registry
from proctors.services.registry import ChangedMeanwhile
from proctors.views.counted import number


class EntryPage(Page):
    action = registry.ENTER
    template = "proctors/registry_entry.html"

    def form(self, own: ProctorProfile | None = None, **data: Any) -> EntryForm:
        sites = access.visible(self.actor, ExamSite, self.action).order_by("code")
        return EntryForm(sites=sites, own=own, **data)

    def draw(self, form: EntryForm, *, status: int = 200, **more: Any) -> HttpResponse:
        own = form.own
        asks_same = "not_the_same" in form.data or "same_person" in form.codes
        context = {"form": form, "profile": own, "chip": chip(own) if own else None, "asks_same": asks_same}
        return self.show(context | more, status=status)


class RegistryNew(EntryPage):
    """A new proctor, with account and role."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.draw(self.form(initial={"site": request.GET.get("site", "")}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(data=request.POST, files=request.FILES)
        if not form.is_valid():
            return self.draw(form, status=422)
        try:
            profile = registry.add(form.entry(), actor=self.actor, now=self.now)
        except Invalid as invalid:
            form.refuse(invalid)
            return self.draw(form, status=422)
        self.tell(gettext("已登记 %(name)s，等待实名认证核对。") % {"name": profile.user.name})
        return redirect("registry-proctor", profile.pk)


class RegistryEdit(EntryPage):
    """Corrects a proctor; a certificate falls back when number, name, document or a picture changes."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        own = self.find(pk)
        return self.draw(self.form(own), revision=own.revision)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        own = self.find(pk)
        revision = number(request.POST.get("revision")) or 0
        form = self.form(own, data=request.POST, files=request.FILES)
        if not form.is_valid():
            return self.draw(form, revision=revision, status=422)
        before = own.status
        try:
            profile = registry.change(pk, revision, form.entry(), actor=self.actor, now=self.now)
        except Invalid as invalid:
            form.refuse(invalid)
            return self.draw(form, revision=revision, status=422)
        except ChangedMeanwhile as refusal:
            form.add_error(None, say(refusal.detail))
            return self.draw(form, revision=own.revision, status=409)
        if before == ProctorProfile.Status.CERTIFIED and not profile.is_certified:
            self.tell(gettext("已保存。资料有变更，实名认证须重新核对。"))
        else:
            self.tell(gettext("已保存。"))
        return redirect("registry-proctor", pk)

    def find(self, pk: int) -> ProctorProfile:
        rows = ProctorProfile.objects.select_related("user", "site__branch", "entered_by")
        return access.get(self.actor, ProctorProfile, self.action, rows, pk=pk)
