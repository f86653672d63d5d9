"""One piece of evidence over the API, with what was looked at in the background since it came."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api
from exam_ops.core.api_parts import ID_IN_PATH, refusals
from exam_ops.core.language import say
from exam_ops.rules.evidence_checks import State
from incidents.models import Evidence
from incidents.services import checks


class CheckOut(serializers.Serializer):
    """A hint: it refuses nothing. `missing`: the picture does not carry what would be compared."""

    name = serializers.CharField()
    state = serializers.ChoiceField(choices=[state.value for state in State])
    title = serializers.CharField()
    detail = serializers.CharField(help_text="in words")
    code = serializers.CharField(help_text="what the sentence says, for machines")
    figures = serializers.DictField(help_text="what stands in the sentence")


class MarkOut(serializers.Serializer):
    sitting = serializers.IntegerField()
    x = serializers.FloatField(allow_null=True)
    y = serializers.FloatField(allow_null=True)


class EvidenceDetailOut(serializers.Serializer):
    id = serializers.UUIDField()
    room_session = serializers.IntegerField()
    version = serializers.IntegerField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text="bytes")
    captured_at = serializers.DateTimeField(allow_null=True, help_text="as claimed")
    received_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    on_time = serializers.BooleanField()
    owed = serializers.BooleanField()
    reason = serializers.CharField()
    lateness_reason = serializers.CharField()
    marks = MarkOut(many=True)
    checks = CheckOut(many=True)


class EvidenceDetail(Api):
    """A picture as it was sent, and its checks as they stand: those in the background are `pending` at first."""

    action = "evidence.see"

    @extend_schema(
        operation_id="evidence_retrieve",
        parameters=[ID_IN_PATH],
        responses={200: EvidenceDetailOut, **refusals(s403="not_allowed, out_of_scope", s404="not_found")},
    )
    def get(self, request: Request, id: UUID) -> Response:
        rows = Evidence.objects.select_related("room_session__site_unit__unit__plan")
        row = access.get(self.actor, Evidence, self.action, rows, pk=id)
        self.about(row.room_session.site_unit.unit.plan)
        return Response(_told(row))


def _told(row: Evidence) -> dict[str, Any]:
    plan = row.room_session.site_unit.unit.plan
    return {
        "id": str(row.pk),
        "room_session": row.room_session_id,
        "version": row.version,
        "sha256": row.sha256,
        "size": row.size,
        "captured_at": row.captured_at.isoformat() if row.captured_at else None,
        "received_at": plan.plan_time(row.received_at).isoformat(),
        "withdrawn_at": plan.plan_time(row.withdrawn_at).isoformat() if row.withdrawn_at else None,
        "on_time": row.on_time,
        "owed": row.owed,
        "reason": row.reason,
        "lateness_reason": row.lateness_reason,
        "marks": list(row.marks.order_by("pk").values("sitting", "x", "y")),
        "checks": [
            {
                "name": hint.name,
                "state": hint.state,
                "title": say(hint.label),
                "detail": say(hint.words),
                "code": hint.code,
                "figures": hint.figures,
            }
            for hint in checks.of([row.pk])[row.pk]
        ],
    }
