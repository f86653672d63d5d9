"""系统管理 → App 版本: headquarters enters and withdraws releases; branches, sites and support read (B1)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents.forms import show_refusal
from verification.forms_releases import ReasonForm, ReleaseForm
from verification.models import AppRelease
from verification.selectors import admissions, release_table
from verification.services import releases
from verification.services.release_refusals import Frozen, shown

_ADDED = Text("{release} 已登记，{at} 起生效。", "{release} is entered and holds from {at}.")
_WITHDRAWN = Text("{release} 已撤回。", "{release} is withdrawn.")
_LET_THROUGH = Text(
    "{release} 将于 {at} 生效，理由已记录。", "{release} holds from {at}; the reason is kept."
)


class ReleasePage(Page):
    """The table with its form; an act that was refused comes back with what was typed."""

    action = "release.see"
    template = "verification/releases.html"

    def draw(
        self,
        form: ReleaseForm | None = None,
        *,
        frozen: Frozen | None = None,
        refused: ReasonForm | None = None,
        refused_row: int = 0,
        status: int = 200,
    ) -> HttpResponse:
        context: dict[str, Any] = {
            "lines": release_table.lines(now=self.now),
            "history": release_table.history(now=self.now),
            "admissions": admissions.recent(self.actor, now=self.now),
            "may_edit": self.actor.may("release.edit"),
            "form": form or ReleaseForm(),
            "frozen": frozen,
            "refused": refused,
            "refused_row": refused_row,
        }
        return self.show(context, status=status)


class ReleaseList(ReleasePage):
    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.draw()

    def post(self, request: HttpRequest) -> HttpResponseBase:
        self.actor.require("release.edit")
        data = request.POST.copy()
        if free_from := data.get("use_free"):
            data["effective_from"], data["word"] = free_from, ""
        form = ReleaseForm(data)
        if not form.is_valid():
            return self.draw(form, status=422)
        try:
            row = releases.add(form.entry(), actor=self.actor.user, now=self.now)
        except Frozen as refusal:
            show_refusal(form, refusal, "effective_from")
            return self.draw(form, frozen=refusal, status=refusal.status)
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self.draw(form, status=refusal.status)
        self.tell(_ADDED.format(release=str(row), at=shown(row.effective_from)))
        return redirect("app-release-list")


class ReleaseAct(ReleasePage):
    """An act on one release that owes a reason; looked at, it leads back to the table."""

    action = "release.edit"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("app-release-list")

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        release = access.get(self.actor, AppRelease, self.action, pk=pk)
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return self.draw(refused=form, refused_row=pk, status=422)
        try:
            self.tell(self.do(release, form.cleaned_data["reason"]))
        except Refusal as refusal:
            self.warn(refusal)
        return redirect("app-release-list")

    def do(self, release: AppRelease, reason: str) -> Text:
        """Carries the act out; what to say of it."""
        raise NotImplementedError


class ReleaseWithdraw(ReleaseAct):
    def do(self, release: AppRelease, reason: str) -> Text:
        row = releases.withdraw(release, why=reason, actor=self.actor.user, now=self.now)
        return _WITHDRAWN.format(release=str(row))


class ReleaseLetThrough(ReleaseAct):
    """Headquarters' word for a minimum that waits."""

    def do(self, release: AppRelease, reason: str) -> Text:
        row = releases.let_through(release, word=reason, actor=self.actor.user, now=self.now)
        return _LET_THROUGH.format(release=str(row), at=shown(row.holds_from))
