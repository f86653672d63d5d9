"""考点管理 → 副主考授权: lend for a part of today, take back at once, and who lent what to whom (C3)."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.language import say
from exam_ops.core.models import Delegation, ExamSite
from exam_ops.core.pages import Page
from verification.forms_delegation import DelegationForm
from verification.selectors.delegations import SEE, State, delegations, standing, state_of
from verification.services.delegations import (
    ACTION,
    Lending,
    deputies_of,
    end_of_day,
    grant,
    may_lend,
    revoke,
    units_ahead,
)

PER_PAGE = 50
STATES: dict[State, tuple[str, Any]] = {
    State.IN_FORCE: ("good", _("授权中")),
    State.AHEAD: ("info", _("未开始")),
    State.OVER: ("quiet", _("已到期")),
    State.REVOKED: ("quiet", _("已撤销")),
}
FIELDS = {"valid_until": "until"}  # a field of the service → of the form


class DelegationList(Page):
    """The list of the reader's scope; whoever may lend picks a site first where there are several."""

    action = SEE
    template = "verification/delegations.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._drawn(self._site(), None)

    def post(self, request: HttpRequest) -> HttpResponse:
        self.actor.require(ACTION)
        site = access.get(self.actor, ExamSite, ACTION, code=request.POST.get("site", ""))
        form = self._form(site, request.POST)
        if not form.is_valid():
            return self._drawn(site, form, status=422)
        said = form.cleaned_data
        asked = Lending(said["deputy"].pk, said["reason"], said["since"], said["until"])
        try:
            made = grant(asked, site=site, actor=self.actor, now=self.now)
        except Refusal as refusal:
            field = FIELDS.get(refusal.errors[0].field, refusal.errors[0].field) if refusal.errors else None
            form.add_error(field, say(refusal.detail))
            return self._drawn(site, form, status=refusal.status)
        self.tell(gettext("已授权 %(name)s 为副主考，立即生效。") % {"name": made.deputy.name})
        return redirect(f"{reverse('delegation-list')}?site={site.code}")

    def _site(self) -> ExamSite | None:
        """The site that is meant: named, or the only one that the reader may lend for."""
        scope = access.visible(self.actor, ExamSite, ACTION)
        if code := self.request.GET.get("site", ""):
            return scope.filter(code=code).first()
        found = list(scope[:2])
        return found[0] if len(found) == 1 else None

    def _form(self, site: ExamSite, data: Any = None) -> DelegationForm:
        return DelegationForm(
            data,
            people=deputies_of(site).exclude(pk=self.actor.user.pk),
            ahead=units_ahead(site, now=self.now),
            midnight=end_of_day(self.now),
            now=self.now,
        )

    def _drawn(self, site: ExamSite | None, form: DelegationForm | None, status: int = 200) -> HttpResponse:
        rows = delegations(self.actor, site=self.request.GET.get("site", ""))
        page: Any = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        lends = site is not None and may_lend(self.actor, site)
        page.object_list = [self._line(row) for row in page.object_list]
        sites = access.visible(self.actor, ExamSite, ACTION) if self.actor.may(ACTION) else None
        return self.show(
            {
                "page": page,
                "site": site,
                "sites": sites.order_by("code") if sites is not None and sites.count() > 1 else (),
                "form": (form or self._form(site)) if lends and site is not None else None,
                "has_units": bool(site and units_ahead(site, now=self.now)),
                "midnight": end_of_day(self.now),
            },
            status=status,
        )

    def _line(self, row: Delegation) -> dict[str, Any]:
        state = state_of(row, now=self.now)
        may = (
            state in (State.IN_FORCE, State.AHEAD)
            and self.actor.may(ACTION)
            and may_lend(self.actor, row.site)
        )
        return {"row": row, "tone": STATES[state][0], "label": STATES[state][1], "may_revoke": may}


class DelegationRevoke(Page):
    """Takes one back."""

    action = ACTION

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect("delegation-list")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = Delegation.objects.select_related("site__branch", "deputy")
        row = access.get(self.actor, Delegation, ACTION, rows, pk=pk)
        try:
            revoke(row, actor=self.actor, now=self.now)
        except Refusal as refusal:
            self.warn(refusal)
        else:
            self.tell(gettext("已撤销 %(name)s 的授权，立即生效。") % {"name": row.deputy.name})
        return redirect(f"{reverse('delegation-list')}?site={row.site.code}")


class SiteDeputies(Page):
    """Who acts as deputy at a site today: a line on its board, drawn by htmx."""

    action = SEE
    template = "verification/_deputies.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        site = access.get(self.actor, ExamSite, SEE, pk=pk)
        context = {
            "site": site,
            "deputies": [
                {"row": row, "is_ahead": state_of(row, now=self.now) is State.AHEAD}
                for row in standing(site.pk, now=self.now)
            ],
            "may_lend": self.actor.may(ACTION) and may_lend(self.actor, site),
        }
        response = self.show(context)
        response["Cache-Control"] = "private, no-cache"
        return response
