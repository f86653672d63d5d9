"""系统管理 → 发送记录: what left through the channels of the own organisation, and what became of it (E4)."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.pages import Page
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from incidents import words
from incidents.channels.kinds import KINDS
from incidents.models import Channel, Delivery
from incidents.services import deliveries
from incidents.services.templates import EVENTS

PER_PAGE = 50
SEE, RESEND = "delivery.see", "delivery.resend"

STATUSES: dict[str, Any] = {
    Delivery.Status.WAITING: _("等待发送"),
    Delivery.Status.DELIVERED: _("已送达"),
    Delivery.Status.FAILED: _("失败，将重试"),
    Delivery.Status.GIVEN_UP: _("已放弃"),
}
TONES: dict[str, str] = {
    Delivery.Status.WAITING: "quiet",
    Delivery.Status.DELIVERED: "good",
    Delivery.Status.FAILED: "watch",
    Delivery.Status.GIVEN_UP: "trouble",
}


class DeliveryList(Page):
    """The log, newest first, narrowed by channel, status, incident and day (Beijing)."""

    action = SEE
    template = "incidents/deliveries.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        chosen = {
            name: request.GET.get(name, "").strip()[:40] for name in ("channel", "status", "incident", "day")
        }
        page = Paginator(self.rows(chosen), PER_PAGE).get_page(request.GET.get("page"))
        return self.show(
            {
                "page": page,
                "rows": [self.shown(row) for row in page],
                "chosen": chosen,
                "is_narrow": any(chosen.values()),
                "channels": access.visible(self.actor, Channel, SEE),
                "statuses": STATUSES.items(),
            }
        )

    def rows(self, chosen: dict[str, str]) -> QuerySet[Delivery]:
        rows = access.visible(self.actor, Delivery, SEE).select_related("channel", "incident", "step")
        if chosen["channel"]:
            rows = rows.filter(channel=_number(chosen["channel"]))
        if chosen["status"] in STATUSES:
            rows = rows.filter(status=chosen["status"])
        if chosen["incident"]:
            rows = rows.filter(incident__number__iexact=chosen["incident"])
        if (day := _day(chosen["day"])) is not None:
            rows = rows.filter(created_at__gte=day, created_at__lt=day + timedelta(days=1))
        return rows.order_by("-pk")

    def shown(self, row: Delivery) -> dict[str, Any]:
        given_up = row.status == Delivery.Status.GIVEN_UP and row.event != "channel.test"
        may = given_up and access.refused(self.actor, RESEND, row) is None
        return {
            "row": row,
            "title": Text(**row.title),
            "event": EVENTS[row.event].label if row.event in EVENTS else row.event,
            "kind": KINDS[row.kind].label,
            "status": STATUSES[row.status],
            "tone": TONES[row.status],
            "level": words.LEVELS[row.step.level] if row.step else "",
            "can_resend": may,
        }


class DeliveryResend(Page):
    """Tries a given-up message anew."""

    action = RESEND

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        rows = Delivery.objects.select_related("channel", "plan")
        delivery = access.get(self.actor, Delivery, RESEND, rows=rows, pk=pk)
        try:
            deliveries.resend(delivery, actor=self.actor.user, now=self.now)
        except Refusal as refusal:
            self.warn(refusal)
        else:
            self.tell(_("已重新排入发送，稍后刷新查看结果。"))
        return redirect("delivery-list")


def _number(text: str) -> int:
    """A key as the address names it; nothing has the key 0."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _day(text: str) -> datetime | None:
    """Midnight in Beijing of a day written 2025-12-06."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), BEIJING)
    except ValueError:
        return None
