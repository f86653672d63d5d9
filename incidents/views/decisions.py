"""总部指令: the list, and one decision with what it moved, who has read it, and what can still be done (A4)."""

from typing import Any, ClassVar

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.models import ExamSite
from exam_ops.core.pages import Page
from exam_ops.rules.permissions import Role
from incidents import decision_selectors as selectors
from incidents.decision_forms import NoteForm
from incidents.forms import show_refusal
from incidents.models import Decision, Notification
from incidents.services import decision_broadcast as broadcast
from incidents.services import decision_receipts as receipts
from incidents.services import decisions
from incidents.views.decision_lines import line, story, target_line

PER_PAGE = 50
TARGETS = 200  # shown of one decision; the rest is counted
OFFICES = (Role.HQ, Role.BRANCH, Role.SITE, Role.CHIEF, Role.SUPPORT)
GROUPS: dict[str, tuple[Any, Q]] = {
    "waiting": (gettext_lazy("待确认"), Q(status=Decision.Status.PROPOSED)),
    "effective": (gettext_lazy("已生效"), Q(status=Decision.Status.EFFECTIVE)),
    "past": (
        gettext_lazy("未生效"),
        Q(status__in=[Decision.Status.REFUSED, Decision.Status.EXPIRED, Decision.Status.WITHDRAWN]),
    ),
}


class DecisionList(Page):
    """Those in the reader's sight, newest first; counts are filters."""

    action = "decision.see"
    template = "incidents/decision_list.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = selectors.shown_to(self.actor)
        chosen = request.GET.get("status", "")
        shown = rows.filter(GROUPS[chosen][1]) if chosen in GROUPS else rows
        page = Paginator(shown.order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
        unread = set(selectors.unread(self.actor.user).values_list("pk", flat=True))
        context = {
            "page": page,
            "lines": [line(row) | {"unread": row.pk in unread} for row in page],
            "counts": self.counts(rows, chosen),
            "may_make": self.actor.may("decision.make"),
        }
        return self.show(context)

    def counts(self, rows: Any, chosen: str) -> list[dict[str, Any]]:
        figures = rows.order_by().aggregate(
            all=Count("pk"), **{name: Count("pk", filter=q) for name, (_label, q) in GROUPS.items()}
        )
        base = reverse("decision-list")
        shown = [
            {"key": "all", "label": _("全部"), "value": figures["all"], "url": base, "active": not chosen}
        ]
        for name, (label, _q) in GROUPS.items():
            value, active = figures[name], chosen == name
            url = base if active else f"{base}?status={name}"
            tone = "watch" if name == "waiting" and value else ""
            found = {"key": name, "label": label, "value": value, "url": url, "active": active, "tone": tone}
            shown.append(found)
        return shown


class DecisionPage(Page):
    """What the pages of one decision share."""

    action = "decision.see"
    template = "incidents/decision_detail.html"

    def decision(self, pk: int, action: str = "decision.see") -> Decision:
        found = selectors.get(self.actor, pk, action)
        self.about(found.plan)
        return found

    def draw(
        self, decision: Decision, *, sent: dict[str, forms.Form] | None = None, status: int = 200
    ) -> HttpResponse:
        return self.show(self.live_part(decision) | {"acts": self.acts(decision, sent or {})}, status=status)

    def live_part(self, decision: Decision) -> dict[str, Any]:
        targets = self.targets(decision)
        context: dict[str, Any] = {
            "decision": decision,
            "line": line(decision),
            "targets": [target_line(target) for target in targets[:TARGETS]],
            "targets_more": max(targets.count() - TARGETS, 0),
            "timeline": story(decision),
        }
        if decision.status == Decision.Status.EFFECTIVE and self.actor.has(*OFFICES):
            context["receipts"] = self.receipts(decision)
            context["may_remind"] = self.actor.may("decision.make")
        return context

    def targets(self, decision: Decision) -> Any:
        if self.actor.has(Role.HQ):
            rows = decision.targets.select_related(
                "site_unit__unit", "site_unit__site", "site_unit__unit__plan"
            )
            return rows.order_by("site_unit__start", "site_unit__site__code")
        return selectors.own_targets(decision, self.actor)

    def receipts(self, decision: Decision) -> receipts.Receipts:
        if self.actor.has(Role.HQ):
            return receipts.read(decision)
        sites = access.visible(self.actor, ExamSite, "decision.see").values_list("pk", flat=True)
        return receipts.read(decision, sites=sites)

    def acts(self, decision: Decision, sent: dict[str, forms.Form]) -> list[dict[str, Any]]:
        """What this person may do with it now, each with its form."""
        if decision.status != Decision.Status.PROPOSED or not self.actor.may("decision.make"):
            return []
        keys = ["withdraw"] if decision.proposed_by_id == self.actor.user.pk else ["confirm", "refuse"]
        return [
            {
                "key": key,
                "label": LABELS[key],
                "primary": key == "confirm",
                "url": reverse(f"decision-{key}", args=[decision.pk]),
                "form": sent.get(key) or NoteForm(prefix=key),
                "open": key in sent,
            }
            for key in keys
        ]


LABELS = {
    "confirm": gettext_lazy("确认生效"),
    "refuse": gettext_lazy("驳回"),
    "withdraw": gettext_lazy("撤回"),
}


class DecisionDetail(DecisionPage):
    """One decision; looking at it is reading it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        decision = self.decision(pk)
        broadcast.mark_read(decision, self.actor.user, now=self.now)
        return self.draw(decision)


class DecisionLive(DecisionPage):
    """The live part: state, what it moved, receipts, timeline."""

    template = "incidents/_decision_live.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        decision = self.decision(pk)
        told = Notification.objects.filter(decision=decision)
        figures = told.aggregate(all=Count("pk"), read=Count("read_at"))
        mark = (decision.pk, decision.status, *figures.values(), decision.plan.clock_offset, self.actor.roles)
        return self.live(mark, lambda: self.show(self.live_part(decision)))


class Act(DecisionPage):
    """A form of the page posted; refused, the page comes back with what was typed."""

    action = "decision.make"
    key: ClassVar[str] = ""
    done: ClassVar[Any] = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("decision-detail", pk=pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        decision = self.decision(pk, self.action)
        form = NoteForm(request.POST, prefix=self.key)
        if not form.is_valid():
            return self.draw(decision, sent={self.key: form}, status=422)
        try:
            self.do(decision, form.cleaned_data["note"])
        except Refusal as refusal:
            show_refusal(form, refusal)
            fresh = self.decision(pk)
            if self.key not in {act["key"] for act in self.acts(fresh, {})}:
                self.warn(refusal)  # the page offers no such form any more
            return self.draw(fresh, sent={self.key: form}, status=refusal.status)
        self.tell(self.done)
        return redirect("decision-detail", pk=pk)

    def do(self, decision: Decision, note: str) -> Any:
        raise NotImplementedError


class Confirm(Act):
    key, done = "confirm", gettext_lazy("指令已生效并下发。")

    def do(self, decision: Decision, note: str) -> Any:
        return decisions.confirm(decision, note=note, actor=self.actor.user, now=self.now)


class Refuse(Act):
    key, done = "refuse", gettext_lazy("已驳回，提出人会收到通知。")

    def do(self, decision: Decision, note: str) -> Any:
        return decisions.refuse(decision, note=note, actor=self.actor.user, now=self.now)


class Withdraw(Act):
    key, done = "withdraw", gettext_lazy("已撤回。")

    def do(self, decision: Decision, note: str) -> Any:
        return decisions.withdraw(decision, note=note, actor=self.actor.user, now=self.now)


class Remind(DecisionPage):
    """Tells those once more for whose place nobody has read it."""

    action = "decision.make"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("decision-detail", pk=pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        decision = self.decision(pk, self.action)
        people = receipts.read(decision).unread()
        told = broadcast.remind(decision, people, actor=self.actor.user, now=self.now)
        self.tell(_("已再次提醒 %(n)d 人。") % {"n": told})
        return redirect("decision-detail", pk=pk)


class Read(DecisionPage):
    """The banner's button: read, and back to where the person was."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("decision-detail", pk=pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        broadcast.mark_read(self.decision(pk), self.actor.user, now=self.now)
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = reverse("decision-detail", args=[pk])
        return redirect(back)
