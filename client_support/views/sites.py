"""考点管理 → 考点信息管理: the sites of the reader's scope, and what of them the exam client's gate asks (D1)."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from client_support.forms import AddressForm
from client_support.models import PublicAddress
from client_support.selectors import addresses as registered
from client_support.services import addresses
from client_support.views import words
from exam_ops.core import access
from exam_ops.core.addresses import of_request
from exam_ops.core.errors import FieldError, Invalid
from exam_ops.core.models import Branch, ExamRoom, ExamSite
from exam_ops.core.pages import Page
from exam_ops.rules.addresses import matches

PER_PAGE = 50
SEE, REGISTER = "site.see", "address.register"


class SiteList(Page):
    """The sites in scope; those without an address first, for nobody could log in there."""

    action = SEE
    template = "client_support/site_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        scope = access.visible(self.actor, ExamSite, SEE)
        rows = self._filtered(scope)
        ordered = rows.order_by(*(["lines"] if self._sees_lines else []), "branch__code", "code")
        query = {name: request.GET.get(name, "") for name in ("q", "branch", "status")}
        return self.show(
            {
                "page": Paginator(ordered, PER_PAGE).get_page(request.GET.get("page")),
                "query": query,
                "is_narrow": any(query.values()),
                "branches": Branch.objects.filter(pk__in=scope.values("branch")).order_by("code"),
                "statuses": words.SITE_STATUS.items(),
                "without": scope.exclude(pk__in=registered.in_force(now=self.now).values("site")).count(),
                "sees_lines": self._sees_lines,
            }
        )

    @property
    def _sees_lines(self) -> bool:
        return self.actor.may("address.see")

    def _filtered(self, rows: QuerySet[ExamSite]) -> QuerySet[ExamSite]:
        asked = self.request.GET
        if text := asked.get("q", "").strip():
            rows = rows.filter(Q(name__icontains=text) | Q(code__iexact=text) | Q(address__icontains=text))
        if branch := asked.get("branch"):
            rows = rows.filter(branch__code=branch)
        if (status := asked.get("status")) == "no_address":
            rows = rows.exclude(pk__in=registered.in_force(now=self.now).values("site"))
        elif status in words.SITE_STATUS:
            rows = rows.filter(status=status)
        return rows.select_related("branch").annotate(
            size=Count("rooms", distinct=True),
            lines=Count(
                "public_addresses",
                filter=registered.counts(now=self.now, prefix="public_addresses__"),
                distinct=True,
            ),
        )


class SiteDetail(Page):
    """One site: its facts, rooms and registered addresses."""

    action = SEE
    template = "client_support/site_detail.html"

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return self.draw(access.get(self.actor, ExamSite, SEE, code=code))

    def draw(self, site: ExamSite, form: AddressForm | None = None) -> HttpResponse:
        facts = {
            "site": site,
            "status": words.SITE_STATUS[site.status],
            "kind": words.SITE_KINDS[site.kind],
            "centres": site.centres.order_by("code"),
            "rooms": ExamRoom.objects.filter(site=site).order_by("room_no"),
        }
        if access.refused(self.actor, "address.see", site) is None:
            facts |= self._lines(site)
        if access.refused(self.actor, REGISTER, site) is None:
            facts["form"] = form or AddressForm()
        return self.show(facts, status=422 if form is not None else 200)

    def _lines(self, site: ExamSite) -> dict[str, Any]:
        rows = (
            PublicAddress.objects.filter(site=site, removed_at=None)
            .select_related("registered_by")
            .order_by("pk")
        )
        here = of_request(self.request)
        shared: dict[str, list[str]] = {}
        for each in registered.overlaps(site, now=self.now):
            shared.setdefault(each.network, []).append(f"{each.site_name} {each.other_network}")
        networks = [addresses.network_of(row) for row in registered.in_force(now=self.now).filter(site=site)]
        return {
            "lines": [_line(row, shared.get(row.network, []), self.now) for row in rows],
            "offers": registered.offers(site, now=self.now),
            "here": here,
            "here_is_known": matches(networks, here),
            "sees_lines": True,
        }


def _line(row: PublicAddress, shared: list[str], now: datetime) -> dict[str, Any]:
    is_ahead = row.valid_from is not None and now < row.valid_from
    is_past = row.valid_until is not None and now >= row.valid_until
    tone, label = (
        ("watch", _("未生效")) if is_ahead else ("quiet", _("已失效")) if is_past else ("good", _("有效"))
    )
    return {"row": row, "tone": tone, "label": label, "shared": shared}


class AddressRegister(SiteDetail):
    """Registers an address; a refused one comes back with what was typed."""

    action = REGISTER

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return redirect("site-detail", code)

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        site = access.get(self.actor, ExamSite, REGISTER, code=code)
        form = AddressForm(request.POST)
        if not form.is_valid():
            return self.draw(site, form)
        try:
            done = addresses.register(site, **form.cleaned_data, actor=self.actor.user, now=self.now)
        except Invalid as refusal:
            form.say_no(refusal)
            return self.draw(site, form)
        except addresses.AlreadyRegistered as refusal:
            form.say_no(Invalid(errors=[FieldError("network", refusal.code, refusal.detail)]))
            return self.draw(site, form)
        self.tell(_("已登记 {network}，即刻生效。").format(network=done.address.shown))
        if done.overlaps:
            sites = "、".join(sorted({each.site_name for each in done.overlaps}))
            messages.warning(
                request, _("该地址与其他考点重叠：{sites}。请核实线路归属。").format(sites=sites)
            )
        return redirect("site-detail", code)


class AddressRemove(Page):
    """Takes an address out of force."""

    action = REGISTER

    def post(self, request: HttpRequest, code: str, pk: int) -> HttpResponse:
        rows = PublicAddress.objects.select_related("site")
        address = access.get(self.actor, PublicAddress, REGISTER, rows=rows, pk=pk, site__code=code)
        if addresses.remove(address, actor=self.actor.user, now=self.now):
            self.tell(_("已移除 {network}。从该地址登录的考生会被拒绝。").format(network=address.shown))
        return redirect("site-detail", code)
