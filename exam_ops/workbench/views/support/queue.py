"""The desk's page: the queue with its filters, what the reader has in hand with its steps, the search (A1, E11)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from exam_ops.core import access
from exam_ops.core.models import Branch, ExamPlan
from exam_ops.rules.catalogue import INCIDENT_TYPES, Party
from exam_ops.workbench.forms import PassOnForm
from exam_ops.workbench.selectors import desk_queue
from exam_ops.workbench.selectors.desk_queue import Chosen
from exam_ops.workbench.views.live import LivePage
from exam_ops.workbench.views.support.finding import search
from incidents.models import Incident
from incidents.services.desk import TECHNICAL

IN_HAND = 6  # incidents in the reader's hands that are laid open at once


class DeskPage(LivePage):
    """What the desk's page and the acts that come back to it share."""

    action = "support.see"
    template = "workbench/support.html"
    fragment = "workbench/_support_queue.html"

    def chosen(self) -> Chosen:
        get = self.request.GET
        return Chosen(
            get.get("desk", ""), get.get("state", ""), get.get("type", ""), get.get("branch", "")[:20]
        )

    def draw(self, *, refused: Mapping[int, PassOnForm] | None = None) -> dict[str, Any]:
        """The queue; `refused` holds the form of a passing on that was sent back, by incident."""
        plan = desk_queue.plan_of(self.actor)
        if plan is not None:
            self.about(plan)
        chosen = self.chosen()
        queue = desk_queue.queue(self.actor, plan, chosen, now=self.now)
        context = {
            "queue": queue,
            "can_take": self.actor.may("desk.take"),
            "chosen": chosen,
            "query": self.request.GET.urlencode(),
            "keeps_headquarters": desk_queue.keeps_headquarters_desk(self.actor),
        }
        if getattr(self.request, "htmx", False):
            return context
        return context | self.around() | {"in_hand": self.in_hand(plan, refused or {})}

    def around(self) -> dict[str, Any]:
        """What stands around the live part: filters and search."""
        branches = list(access.visible(self.actor, Branch, self.action).order_by("code"))
        return {
            "types": [(code, INCIDENT_TYPES[code].title) for code in TECHNICAL],
            "branches": branches if len(branches) > 1 else [],
            "can_open": self.actor.may("desk.open"),
        } | search(self.actor, self.request.GET.get("q", ""), now=self.now)

    def in_hand(self, plan: ExamPlan | None, refused: Mapping[int, PassOnForm]) -> list[dict[str, Any]]:
        """The reader's own incidents with the card's steps: support's, or the whole card where support has none.

        They stand outside the polled part, so that no poll closes a form that is being filled in.
        """
        own = desk_queue.in_hand(self.actor, plan, now=self.now)[:IN_HAND]
        return [
            {
                "line": line,
                "steps": steps_of(line.incident),
                "form": refused.get(line.incident.pk) or PassOnForm(),
                "is_refused": line.incident.pk in refused,
            }
            for line in own
        ]

    def draw_refused(self, incident: Incident, form: PassOnForm, *, status: int) -> HttpResponse:
        return self.show(self.draw(refused={incident.pk: form}), status=status)


def steps_of(incident: Incident) -> list[dict[str, Any]]:
    """Steps with who ticked them and when by the plan's clock."""
    plan = incident.site_unit.unit.plan
    ticks = {tick.step: tick for tick in incident.ticks.select_related("by")}
    return [
        {
            "key": step.key,
            "number": number,
            "text": step.text,
            "by": ticks[step.key].by.name if step.key in ticks else "",
            "at": plan.plan_time(ticks[step.key].at) if step.key in ticks else None,
        }
        for number, step in enumerate(incident.kind.steps_for(Party.SUPPORT) or incident.kind.cards, start=1)
    ]


class SupportDesk(DeskPage):
    def get(self, request: HttpRequest) -> HttpResponseBase:
        plan = desk_queue.plan_of(self.actor)
        if plan is not None:
            self.about(plan)
        return self.answer(
            lambda: (desk_queue.mark_of(self.actor, now=self.now), request.GET.urlencode()), self.draw
        )
