"""Evidence over the API: one multipart call, safe to send again (contract, `POST /api/v1/evidence/`)."""

import uuid
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access, clock, files
from exam_ops.core.api import Api
from exam_ops.core.api_parts import Instant
from exam_ops.core.errors import TooLarge
from exam_ops.core.models import RoomSession
from exam_ops.rules.evidence_checks import State
from incidents.models import Incident
from incidents.services import evidence, marks, pictures

FORM_BYTES = 2**20  # of a form around its picture
MOST_READ = 100 * 2**20  # of what is too long; whoever sends more is cut off


def _read_away(request: Request) -> None:
    """Takes in what is too long without keeping it: a caller who is cut off while sending hears no answer."""
    for _ in range(MOST_READ // files.CHUNK):
        if not request._request.read(files.CHUNK):
            break


class EvidenceIn(serializers.Serializer):
    id = serializers.UUIDField()
    room_session = serializers.IntegerField(min_value=1, max_value=2**62)
    reason = serializers.CharField(max_length=2000)
    captured_at = Instant(required=False, allow_null=True)
    marks = serializers.CharField(
        required=False,
        default="[]",
        allow_blank=True,
        max_length=100_000,
        help_text="JSON [{sitting, x, y}]",
    )
    photo = serializers.FileField(allow_empty_file=True, max_length=500)
    incident = serializers.UUIDField(required=False, allow_null=True)
    lateness_reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    sent_at = Instant(required=False, allow_null=True)
    strip_code = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=60,
        help_text="check code in the strip of the portal's own camera",
    )


class Check(serializers.Serializer):
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=[state.value for state in State])


class EvidenceOut(serializers.Serializer):
    id = serializers.UUIDField()
    sha256 = serializers.CharField()
    received_at = serializers.DateTimeField()
    on_time = serializers.BooleanField()
    owed = serializers.BooleanField()
    version = serializers.IntegerField(help_text="Which picture of the room this is; all are kept.")
    checks = Check(many=True)


class EvidenceUploads(Api):
    """Takes a panorama in. What has not arrived whole before the unit's end is refused, however far it is."""

    action = "evidence.upload"
    parser_classes = (MultiPartParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_PHOTO_BYTES + FORM_BYTES:
            _read_away(request)
            raise TooLarge(limit_mb=settings.MAX_PHOTO_BYTES // 2**20)
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="evidence_create",
        request={"multipart/form-data": EvidenceIn},
        responses={201: EvidenceOut, 200: EvidenceOut},
    )
    def post(self, request: Request) -> Response:
        data = self.body(EvidenceIn)
        pictures.only_one(request.FILES)
        rows = RoomSession.objects.select_related("site_unit__unit__plan", "site_unit__site")
        session = access.get(self.actor, RoomSession, self.action, rows, pk=data["room_session"])
        plan = session.site_unit.unit.plan
        photo, sent_at = data.pop("photo"), data.pop("sent_at", None)  # a repeat is sent later, and the same
        skew = self.skew(sent_at, plan)  # against the instant at which the call began
        self.now = clock.now()  # the body has arrived only now
        self.about(plan)
        upload = evidence.Upload(
            id=data["id"],
            reason=data["reason"],
            marks=marks.parse(data["marks"]),
            captured_at=self.on_plan_clock(data.get("captured_at"), plan),
            lateness_reason=data["lateness_reason"],
            incident=self.incident(data.get("incident"), session),
            skew=skew,
            strip_code=data["strip_code"],
        )
        told, is_new = evidence.receive(
            upload, photo, fields=data, room_session=session, actor=self.actor, clock=clock.now
        )
        return Response(told, status=201 if is_new else 200)

    def incident(self, id: uuid.UUID | None, session: RoomSession) -> Incident | None:
        if id is None:
            return None
        return access.get(self.actor, Incident, "incident.see", reports=id, site_unit=session.site_unit)
