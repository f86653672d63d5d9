"""技术支持: the queue of technical incidents, and the search by any key (A1, E11)."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.rules.entry import Entry
from exam_ops.rules.text import Text
from exam_ops.workbench.links import url_or_nothing
from exam_ops.workbench.selectors import desk
from exam_ops.workbench.views.live import LivePage
from exam_ops.workbench.views.system import back
from incidents.models import Incident
from incidents.services import acts

ENTRY_WORDS = {
    Entry.NOT_SIGNED_IN: ("none", _("未签到")),
    Entry.SIGNED_IN: ("in", _("已签到")),
    Entry.PENDING: ("pending", _("待审批")),
    Entry.APPROVED: ("approved", _("已批准")),
    Entry.REJECTED: ("rejected", _("未通过")),
    Entry.ABSENT: ("absent", _("缺考")),
}
_TAKEN = Text(
    "{number} 由您处理。请按处置卡逐步完成。", "{number} is yours. Go through its action card step by step."
)


class SupportDesk(LivePage):
    action = "support.see"
    template = "workbench/support.html"
    fragment = "workbench/_support_queue.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        self.plan = desk.plan_of(self.actor)
        if self.plan is not None:
            self.about(self.plan)
        return self.answer(lambda: desk.mark_of(self.actor), self.draw)

    def draw(self) -> dict[str, Any]:
        queue = desk.queue(self.actor, self.plan, now=self.now)
        context = {"queue": queue, "can_take": self.actor.may("incident.acknowledge")}
        return context | self.search() if not getattr(self.request, "htmx", False) else context

    def search(self) -> dict[str, Any]:
        key = self.request.GET.get("q", "").strip()[:64]
        context: dict[str, Any] = {"q": key, "too_short": 0 < len(key) < desk.SHORTEST}
        if len(key) >= desk.SHORTEST:
            found = desk.find(self.actor, key, now=self.now)
            context["found"] = found
            context["sittings"] = [
                {
                    "sitting": sitting,
                    "state": ENTRY_WORDS[Entry(sitting.entry_status)],
                    "url": url_or_nothing("sign-in-sitting", sitting.pk),
                }
                for sitting in found.sittings
            ]
        return context


class SupportTaking(LivePage):
    """Support says "mine": the incident is acknowledged where it stands."""

    action = "support.see"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        incident = access.get(self.actor, Incident, "incident.acknowledge", pk=pk)
        try:
            acts.acknowledge(incident, actor=self.actor.user, now=self.now)
            self.tell(_TAKEN.format(number=incident.number))
        except Refusal as refusal:
            self.warn(refusal)
        return redirect(back(request, "support-desk"))
