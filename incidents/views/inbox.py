"""消息: what the portal told this person; opening the page reads it (E4)."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents.models import Notification
from incidents.services import messages

PER_PAGE = 50


class Inbox(Page):
    template = "incidents/inbox.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = (
            Notification.objects.filter(user=self.actor.user)
            .select_related("incident", "plan")
            .order_by("-created_at", "-pk")
        )
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
        found = list(page)
        response = self.show({"page": page, "rows": [self.shown(row) for row in found]})
        fresh = [row.pk for row in found if row.read_at is None]
        Notification.objects.filter(pk__in=fresh, read_at=None).update(read_at=self.now)
        return response

    def shown(self, row: Notification) -> dict[str, Any]:
        return {
            "title": _text(row.title),
            "body": _text(row.body) if row.body else None,
            "at": row.created_at,
            "url": row.url,
            "grade": row.incident.grade if row.incident else None,
            "fresh": row.read_at is None,
            "plan": row.plan,
        }


class InboxBadge(Page):
    """Fragment: the bell with how many messages wait."""

    template = "incidents/_bell.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        unread = messages.unread(self.actor.user)
        return self.live(unread, lambda: self.draw(unread))

    def draw(self, unread: int) -> HttpResponse:
        return self.show({"unread": unread, "inbox_url": reverse("inbox")})


def _text(both: dict[str, str]) -> Text:
    return Text(both.get("zh", ""), both.get("en", ""))
