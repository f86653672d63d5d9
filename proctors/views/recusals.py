"""监考回避: entered and lifted by the site's administrator or its branch; nobody else sees it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.language import say
from exam_ops.core.models import ExamSite
from exam_ops.core.pages import Page
from proctors.forms_recusals import RELATIONS, RecusalForm
from proctors.models import Recusal
from proctors.selectors.recusals import recusals
from proctors.services.recusals import ACTION, SEE, enter, lift

PER_PAGE = 50


class Recusals(Page):
    """The list of the actor's sites; POST enters one for `site`."""

    action = SEE
    template = "proctors/recusals.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        site = self.site()
        return self.draw(site, RecusalForm(site=site) if site and self.actor.may(ACTION) else None)

    def post(self, request: HttpRequest) -> HttpResponse:
        site = access.get(self.actor, ExamSite, ACTION, code=request.POST.get("site", ""))
        form = RecusalForm(request.POST, site=site)
        if not form.is_valid():
            return self.draw(site, form, status=422)
        said = form.cleaned_data
        try:
            made = enter(
                said["proctor"],
                form.away(),
                relation=said["relation"],
                reason=said["reason"],
                site=site,
                actor=self.actor,
                now=self.now,
            )
        except Refusal as refusal:
            form.add_error(refusal.errors[0].field if refusal.errors else None, say(refusal.detail))
            return self.draw(site, form, status=refusal.status)
        self.tell(gettext("已登记 %(name)s 的回避。") % {"name": made.proctor.name})
        return redirect(f"{reverse('recusal-list')}?site={site.code}")

    def site(self) -> ExamSite | None:
        """The site asked for, or the only one of the actor's."""
        scope = access.visible(self.actor, ExamSite, SEE)
        if code := self.request.GET.get("site", ""):
            return scope.filter(code=code).first()
        found = list(scope[:2])
        return found[0] if len(found) == 1 else None

    def draw(self, site: ExamSite | None, form: RecusalForm | None, *, status: int = 200) -> HttpResponse:
        lifted = self.request.GET.get("lifted") == "1"
        rows = recusals(self.actor, site=site.code if site else "", lifted=lifted)
        page: Any = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        page.object_list = [{"row": row, "relation": RELATIONS[row.relation]} for row in page.object_list]
        sites = list(access.visible(self.actor, ExamSite, SEE).order_by("code"))
        return self.show(
            {"page": page, "site": site, "sites": sites, "form": form, "lifted": lifted}, status=status
        )


class RecusalLift(Page):
    """Ends one; the record stays."""

    action = ACTION

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect("recusal-list")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = access.get(
            self.actor, Recusal, ACTION, Recusal.objects.select_related("site", "proctor"), pk=pk
        )
        try:
            lift(row, actor=self.actor, now=self.now)
        except Refusal as refusal:
            self.warn(refusal)
        else:
            self.tell(gettext("已解除 %(name)s 的回避。") % {"name": row.proctor.name})
        return redirect(f"{reverse('recusal-list')}?site={row.site.code}")
