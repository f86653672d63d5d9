"""应急材料封存包: how far every site is, one site's packages with their place in the chain, download and check (C14)."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.models import SiteUnit
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents import package_selectors, sealed
from incidents.forms import PackageForm, show_refusal
from incidents.models import EvidencePackage, PackageCheck
from incidents.package_selectors import How, Line
from incidents.services import evidence_keys, package_files, package_words, packages
from incidents.services.package_sections import label_of
from incidents.views import places
from incidents.views.places import Place

PAGE_SIZE = 50
ORDERED = Text("已安排重新封存，完成后列在最前。", "A new package is ordered; it will stand first.")
STATES: dict[How, tuple[str, Any]] = {
    How.FAILED: ("trouble", _("制作失败")),
    How.NONE: ("watch", _("尚未封存")),
    How.WAITING: ("info", _("等待制作")),
    How.MAKING: ("info", _("正在制作")),
    How.READY: ("good", _("已封存")),
    How.AHEAD: ("quiet", _("材料未截止")),
}
"""How far → the chip's tone, its word."""


class PackageList(Page):
    """A unit's sites, what needs a hand first; and the public keys with which anybody checks a package."""

    action = "package.see"
    template = "incidents/packages.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place(request.GET.dict())
        if place.plan is None:
            return self.show({"place": place})
        self.about(place.plan)
        shown = [place.site_unit] if request.GET.get("site") and place.site_unit else place.site_units
        found = package_selectors.lines(shown, now=self.now)
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        return self.show(
            {
                "place": place,
                "counts": _counts(found),
                "page": page,
                "lines": [_line(one) for one in page],
                "keys": evidence_keys.published(),
                "keys_url": reverse("api-evidence-keys"),
            }
        )

    def place(self, said: dict[str, str]) -> Place:
        """Without a unit named, the one that closed last."""
        place = places.choose(self.actor, self.action, said, now=self.now)
        last = None if said.get("unit") else package_selectors.last_closed(place.units, now=self.now)
        if place.plan is None or last is None or last == place.unit:
            return place
        return places.choose(
            self.actor, self.action, said | {"plan": place.plan.code, "unit": last.code}, now=self.now
        )


class SitePage(Page):
    """What the page of one site unit and its live part share."""

    action = "package.see"

    def site_unit(self, pk: int, action: str = "") -> SiteUnit:
        rows = SiteUnit.objects.select_related("site__branch", "unit__plan")
        found = access.get(self.actor, SiteUnit, action or self.action, rows, pk=pk)
        self.about(found.unit.plan)
        return found

    def live_part(self, site_unit: SiteUnit) -> dict[str, Any]:
        """How it stands, and every package with its last check."""
        line = package_selectors.of_site_unit(site_unit, now=self.now)
        rows = list(package_selectors.history(site_unit))
        checks = package_selectors.last_checks(rows)
        return _line(line) | {
            "plan": site_unit.unit.plan,
            "closes_at": site_unit.evidence_until,
            "packages": [_package(row, checks.get(row.pk)) for row in rows],
            "is_moving": line.how in (How.WAITING, How.MAKING, How.FAILED)
            or line.is_stale
            or any(check.done_at is None for check in checks.values()),
            "may_download": self.actor.may("package.download"),
        }

    def draw(
        self, site_unit: SiteUnit, form: PackageForm | None = None, *, status: int = 200
    ) -> HttpResponse:
        may_make = access.refused(self.actor, "package.make", site_unit) is None
        is_closed = self.now >= site_unit.evidence_closes_at
        context = self.live_part(site_unit) | {
            "may_make": may_make and is_closed,
            "form": form or PackageForm(),
        }
        return self.show(context, status=status)


class PackageSite(SitePage):
    """One site in one unit: its packages, what went wrong, and for headquarters: make one again."""

    template = "incidents/package_site.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return self.draw(self.site_unit(pk))


class PackageSiteLive(SitePage):
    """The live part, while one is being made or checked."""

    template = "incidents/_package_site.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        site_unit = self.site_unit(pk)
        part = self.live_part(site_unit)
        order, shown = part["line"].order, part["packages"]
        mark = (
            [(row["row"].pk, row["check"] and (row["check"].pk, row["check"].done_at)) for row in shown],
            order and (order.pk, order.state, order.attempts, order.failed_code),
            part["line"].how,
            site_unit.unit.plan.clock_offset,
        )
        return self.live(mark, lambda: self.show(part))


class PackageOrdered(SitePage):
    """Headquarters order one again."""

    action = "package.make"
    template = "incidents/package_site.html"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        site_unit = self.site_unit(pk)
        form = PackageForm(request.POST)
        if not form.is_valid():
            return self.draw(site_unit, form, status=422)
        try:
            packages.ask_again(site_unit, **form.cleaned_data, actor=self.actor, now=self.now)
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self.draw(site_unit, form, status=refusal.status)
        self.tell(ORDERED)
        return redirect("package-site", pk=pk)


class PackagePage(Page):
    """One package through the door."""

    def package(self, pk: int) -> EvidencePackage:
        rows = EvidencePackage.objects.select_related("site_unit__site", "site_unit__unit__plan")
        return access.get(self.actor, EvidencePackage, self.action, rows, pk=pk)


class PackageChecked(PackagePage):
    """Asks for a check of the stored file; the page shows what it found."""

    action = "package.check"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        package = self.package(pk)
        packages.ask_check(package, actor=self.actor, now=self.now)
        return redirect(reverse("package-site", args=[package.site_unit_id]) + f"#package-{package.number}")


class PackageFile(PackagePage):
    """The file, as a download; each one is recorded (E9)."""

    action = "package.download"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return package_files.download(self.package(pk), actor=self.actor, now=self.now)


def _line(line: Line) -> dict[str, Any]:
    tone, label = STATES[line.how]
    return {
        "line": line,
        "site_unit": line.site_unit,
        "url": reverse("package-site", args=[line.site_unit.pk]),
        "tone": tone,
        "label": label,
        "failure": package_words.failure(line.order) if line.order else None,
        "file_url": reverse("package-file", args=[line.package.pk]) if line.package else "",
    }


def _package(row: EvidencePackage, check: PackageCheck | None) -> dict[str, Any]:
    counted = [(label_of(name), count) for name, count in sorted(row.counts.items()) if name != "originals"]
    return {
        "row": row,
        "cause": package_words.CAUSES[row.cause],
        "counts": counted,
        "originals": row.counts.get("originals", 0) - len(row.lost),
        "superseded_by": getattr(row, "superseded_by", None),
        "file_url": reverse("package-file", args=[row.pk]),
        "check_url": reverse("package-check", args=[row.pk]),
        "check": check,
        "findings": [
            {"said": sealed.WORDS[found["code"]], "where": found["where"]} for found in check.findings
        ]
        if check
        else [],
    }


def _counts(found: list[Line]) -> list[dict[str, Any]]:
    totals = {how: sum(line.how is how for line in found) for how in How}
    shown = (
        ("ready", gettext("已封存"), totals[How.READY], "good"),
        ("moving", gettext("等待或正在制作"), totals[How.WAITING] + totals[How.MAKING], "info"),
        ("failed", gettext("制作失败"), totals[How.FAILED], "trouble"),
        ("none", gettext("尚未封存"), totals[How.NONE], "watch"),
        ("ahead", gettext("材料未截止"), totals[How.AHEAD], ""),
    )
    return [
        {"key": key, "label": label, "value": value, "tone": tone if value else ""}
        for key, label, value, tone in shown
    ]
