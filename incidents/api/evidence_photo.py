"""The picture of evidence over the API: permission here, the file where the answer leads."""

from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from exam_ops.core import link_views, links
from exam_ops.core.api import Api
from exam_ops.core.api_parts import ID_IN_PATH, AnyAccept, refusals
from incidents.services import evidence_photos

SIZE = OpenApiParameter(
    "size",
    str,
    enum=[*evidence_photos.COPIES, "original", "download"],
    description="Without it the original.",
)


class EvidencePhoto(Api):
    """Leads on to a link that is good for five minutes and for this token alone; each look is written down."""

    action = evidence_photos.ACTION
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="evidence_photo",
        parameters=[ID_IN_PATH, SIZE],
        responses={
            302: OpenApiResponse(description="`Location`: the link"),
            **refusals(s403="not_allowed, out_of_scope", s404="not_found"),
        },
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        size = request.query_params.get("size", "")
        linked = evidence_photos.look_at(id, size=size, actor=self.actor, now=self.now)
        return links.lead(linked, link_views.program(self), to="api-file-link", now=self.now)
