"""What phone pages send, field by field."""

import io
from typing import Any

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.parsers import JSONParser

from exam_ops.core.api_parts import Instant, Key
from exam_ops.rules.catalogue import INCIDENT_TYPES
from verification.models import EntryRequest, Presence


class Body(serializers.Serializer):
    """A create: its id is made on the phone, its times are the phone's reading of the plan's clock."""

    id = serializers.UUIDField()
    occurred_at = Instant()
    sent_at = Instant()


class EntryRequestBody(Body):
    sitting = Key()
    reason = serializers.ChoiceField(choices=EntryRequest.Reason.choices)
    documents_checked = serializers.BooleanField()
    note = serializers.CharField(max_length=1000, allow_blank=True, default="")


class IncidentBody(Body):
    type = serializers.ChoiceField(choices=sorted(INCIDENT_TYPES))
    note = serializers.CharField(max_length=2000, allow_blank=True, default="")
    sittings = serializers.ListField(child=Key(), max_length=1000, default=list)


class PresenceBody(Body):
    answer = serializers.ChoiceField(choices=Presence.Answer.choices)
    sittings = serializers.ListField(child=Key(), min_length=1, max_length=500)


class DecisionBody(serializers.Serializer):
    """The chief's word; a rejection says why."""

    outcome = serializers.ChoiceField(
        choices=[EntryRequest.Status.APPROVED.value, EntryRequest.Status.REJECTED.value]
    )
    note = serializers.CharField(max_length=500, allow_blank=True, default="")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["outcome"] == EntryRequest.Status.REJECTED and not given["note"].strip():
            raise serializers.ValidationError({"note": "required"}, code="required")
        return given


def read(request: HttpRequest, shape: type[serializers.Serializer]) -> dict[str, Any]:
    """The fields of a JSON body; raises DRF's `ParseError` and `ValidationError`, and `RequestDataTooBig`."""
    body = shape(data=JSONParser().parse(io.BytesIO(request.body)))
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
