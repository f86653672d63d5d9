"""消息: what the portal told this person; many of one kind within minutes stand together (E4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from exam_ops.core.errors import NotFound
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents.models import Notification
from incidents.services import messages
from incidents.services.templates import EVENTS

PER_PAGE = 50
BUNDLE_WITHIN = timedelta(minutes=10)  # of the newest of a bundle
BUNDLE_FROM = 3  # messages; two are read faster than unfolded


@dataclass
class Bundle:
    """Messages of one kind and plan, newest first; shown folded from `BUNDLE_FROM` on."""

    rows: list[Notification] = field(default_factory=list)

    def takes(self, row: Notification) -> bool:
        first = self.rows[0]
        return bool(
            row.event
            and (row.event, row.plan_id) == (first.event, first.plan_id)
            and first.created_at - row.created_at <= BUNDLE_WITHIN
        )

    def shown(self) -> dict[str, Any]:
        fresh = [row.pk for row in self.rows if row.read_at is None]
        return {
            "messages": [_shown(row) for row in self.rows],
            "is_folded": len(self.rows) >= BUNDLE_FROM,
            "label": EVENTS[self.rows[0].event].label if self.rows[0].event in EVENTS else "",
            "fresh": fresh,
            "at": self.rows[0].created_at,
        }


def bundled(rows: Iterable[Notification]) -> list[Bundle]:
    """Neighbours of one kind together, newest first; the order in time stays."""
    bundles: list[Bundle] = []
    for row in rows:
        if bundles and bundles[-1].takes(row):
            bundles[-1].rows.append(row)
        else:
            bundles.append(Bundle([row]))
    return [
        part
        for bundle in bundles
        for part in ([bundle] if len(bundle.rows) >= BUNDLE_FROM else [Bundle([row]) for row in bundle.rows])
    ]


class Inbox(Page):
    """One's own messages; `show=unread` leaves those that are read out."""

    template = "incidents/inbox.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        only_unread = request.GET.get("show") == "unread"
        rows = Notification.objects.filter(user=self.actor.user).select_related("incident", "plan")
        rows = rows.filter(read_at=None) if only_unread else rows
        page = Paginator(rows.order_by("-created_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
        return self.show(
            {
                "page": page,
                "bundles": [bundle.shown() for bundle in bundled(page)],
                "only_unread": only_unread,
                "unread": messages.unread(self.actor.user),
            }
        )


class InboxOpen(Page):
    """Reads a message by going to what it is about."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        row = Notification.objects.filter(user=self.actor.user, pk=pk).first()
        if row is None:
            raise NotFound()
        messages.read(self.actor.user, [row.pk], now=self.now)
        return redirect(row.url or "inbox")


class InboxRead(Page):
    """Marks messages as read: those named by `id`, or all with `all`."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return redirect("inbox")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        named = [
            int(pk) for pk in request.POST.getlist("id") if pk.isascii() and pk.isdecimal() and len(pk) < 19
        ]
        messages.read(self.actor.user, None if "all" in request.POST else named, now=self.now)
        show = "unread" if request.POST.get("show") == "unread" else None
        return redirect(reverse("inbox", query={"show": show} if show else None))


class InboxBadge(Page):
    """Fragment: the bell with how many messages wait."""

    template = "incidents/_bell.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        unread = messages.unread(self.actor.user)
        return self.live(unread, lambda: self.draw(unread))

    def draw(self, unread: int) -> HttpResponse:
        return self.show({"unread": unread, "inbox_url": reverse("inbox")})


def _shown(row: Notification) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "title": _text(row.title),
        "body": _text(row.body) if row.body else None,
        "at": row.created_at,
        "url": reverse("inbox-open", args=[row.pk]) if row.url else "",
        "fresh": row.read_at is None,
        "drill": bool(row.plan and row.plan.is_drill),
    }


def _text(both: dict[str, str]) -> Text:
    return Text(both.get("zh", ""), both.get("en", ""))
