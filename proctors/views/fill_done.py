"""What one auto-fill placed and asked for; taking it back as a whole while it is free (C8)."""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext

from exam_ops.core import clock
from exam_ops.core.models import Event
from exam_ops.core.pages import Page
from proctors import words
from proctors.models import ProctorChange
from proctors.services import filling
from proctors.views.fill_words import POSITIONS

PER_PAGE = 50
Status = ProctorChange.Status


class RosterFillDone(Page):
    """What one act placed and asked for; POST takes it back."""

    action = filling.ACTION
    template = "proctors/fill_done.html"

    def get(self, request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
        return self.draw(batch)

    def post(self, request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
        try:
            done, _ = filling.take_back(
                batch, request_id=uuid.uuid5(batch, "back"), actor=self.actor, clock=clock.now
            )
        except filling.FreeNoMore as refusal:
            self.warn(refusal)
            return redirect("roster-fill-done", batch)
        self.tell(_taken_back(done))
        return redirect("roster-fill-done", batch)

    def draw(self, batch: uuid.UUID) -> HttpResponse:
        made = filling.made(batch, actor=self.actor)
        plan = made[0].site_unit.unit.plan
        self.about(plan)
        page: Any = Paginator(made, PER_PAGE).get_page(self.request.GET.get("page"))
        page.object_list = [
            {"change": c, "position": POSITIONS[c.position], "status": words.STATUSES[Status(c.status)]}
            for c in page.object_list
        ]
        back = Event.objects.filter(kind=filling.TAKEN_BACK, plan=plan, site_unit=None, subject=str(batch))
        taken_back = back.select_related("actor").first()
        return self.show(
            {
                "batch": batch,
                "plan": plan,
                "site": made[0].site_unit.site,
                "page": page,
                "first": made[0],
                "requested_at": plan.plan_time(made[0].requested_at),
                "back": taken_back,
                "back_at": plan.plan_time(taken_back.at) if taken_back else None,
                "may_take_back": taken_back is None and filling.can_take_back(self.actor, made, now=self.now),
            }
        )


def _taken_back(done: dict[str, Any]) -> str:
    said = [
        ngettext("已撤销 %(n)d 个岗位的编排。", "已撤销 %(n)d 个岗位的编排。", done["emptied"])
        % {"n": done["emptied"]}
    ]
    if done["kept"]:
        n = done["kept"]
        said.append(
            ngettext("%(n)d 个岗位之后已有变化，没有动。", "%(n)d 个岗位之后已有变化，没有动。", n) % {"n": n}
        )
    return " ".join(said)
