"""A picture of 应急材料 on pages: its copy, the original in the page or as a download, and who looked at it (E9)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from exam_ops.core import access, link_views, links, photo_views
from exam_ops.core.pages import Page
from incidents.models import Evidence
from incidents.services import evidence_photos


class EvidencePhoto(Page):
    """`?size=thumb` and `display` are copies, where they were made; without it the original, `download` takes it away."""

    action = evidence_photos.ACTION

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        linked = evidence_photos.look_at(pk, size=request.GET.get("size", ""), actor=self.actor, now=self.now)
        return links.lead(linked, link_views.browser(self), now=self.now)


class EvidenceViews(Page):
    """查看记录: who looked at one picture, when, at what."""

    action = "event.see"
    template = "incidents/evidence_views.html"

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        rows = Evidence.objects.select_related(*evidence_photos.RELATED)
        row = access.get(self.actor, Evidence, self.action, rows, pk=pk)
        session = row.room_session
        self.about(session.site_unit.unit.plan)
        context = {
            "row": row,
            "session": session,
            "site_unit": session.site_unit,
            "views": photo_views.of(evidence_photos.subject(row), session),
            "back": reverse("evidence-room", args=[session.pk]),
        }
        return self.show(context)
