"""Checks that phones report: proctors' own, and candidates' in batches (contract, *Phones at the door*)."""

from typing import Any

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api_parts import Key, refusals
from exam_ops.core.models import RoomSession
from exam_ops.rules.entry import Entry
from verification.api import at_once
from verification.api.shared import FromPhone, Instant
from verification.models import Outcome, ProctorSignIn, SignIn
from verification.services import proctor_checks, sign_ins
from verification.services.facts import MAX_SEQ

ROOMS = RoomSession.objects.select_related("site_unit__unit__plan")


class ProctorSignInIn(serializers.Serializer):
    id = serializers.UUIDField()
    room_session = Key()
    captured_at = Instant()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    score = serializers.FloatField(required=False, allow_null=True)
    device_id = serializers.CharField(max_length=100)
    sent_at = Instant(required=False, allow_null=True)


class ProctorSignInOut(serializers.Serializer):
    id = serializers.UUIDField()
    room_session = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    captured_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    skew_ms = serializers.IntegerField(allow_null=True)


def proctor_sign_in(row: ProctorSignIn) -> dict[str, Any]:
    plan = row.room_session.site_unit.unit.plan
    return {
        "id": str(row.pk),
        "room_session": row.room_session_id,
        "outcome": row.outcome,
        "captured_at": row.captured_at.isoformat(),
        "received_at": plan.plan_time(row.received_at).isoformat(),
        "skew_ms": row.skew_ms,
    }


class ProctorSignIns(FromPhone):
    """A proctor's own face check of the day, before candidates are checked (C0)."""

    action = "sign_in.record"

    @extend_schema(
        operation_id="proctor_sign_in_create",
        request=ProctorSignInIn,
        responses={
            201: ProctorSignInOut,
            200: ProctorSignInOut,
            **refusals(
                s403="not_allowed, out_of_scope", s404="not_found", s409="not_open, id_reused", s422="invalid"
            ),
        },
    )
    def post(self, request: Request) -> Response:
        self.require_phone()
        data = self.body(ProctorSignInIn)
        sent_at = data.pop("sent_at", None)
        session = access.get(self.actor, RoomSession, self.action, ROOMS, pk=data["room_session"])
        plan = session.site_unit.unit.plan
        self.about(plan)
        checked = proctor_checks.Checked(
            id=data["id"],
            captured_at=self.on_plan_clock(data["captured_at"], plan) or data["captured_at"],
            outcome=data["outcome"],
            device_id=data["device_id"],
            score=data.get("score"),
            skew=self.skew(sent_at, plan),
        )
        return self.create_once(
            "proctor_sign_in",
            data,
            lambda: proctor_sign_in(
                proctor_checks.record(checked, room_session=session, proctor=self.actor.user, now=self.now)
            ),
            plan=plan,
        )


class SignInItem(serializers.Serializer):
    """One check; read item by item, so that a bad one spoils none of the others."""

    id = serializers.UUIDField()
    sitting = serializers.IntegerField()
    captured_at = serializers.DateTimeField()
    method = serializers.ChoiceField(choices=SignIn.Method.choices)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    score = serializers.FloatField(required=False, allow_null=True)
    device_id = serializers.CharField(max_length=100)
    device_seq = serializers.IntegerField(required=False, allow_null=True, min_value=1)


@extend_schema_field(SignInItem)
class AnyItem(serializers.Field):
    """Whatever the phone sent: the service reads it."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class BatchIn(serializers.Serializer):
    items = serializers.ListField(child=AnyItem(allow_null=True), min_length=1, max_length=at_once.MAX_ITEMS)
    sent_at = Instant(required=False, allow_null=True)
    last_seq = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MAX_SEQ,
        help_text="The number of the last check made on this phone in this room session.",
    )


class ResultOut(serializers.Serializer):
    id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=["created", "duplicate", "rejected"])
    code = serializers.ChoiceField(
        allow_null=True,
        choices=[
            "unknown_sitting",
            "out_of_scope",
            "not_open",
            "id_reused",
            "invalid",
            "entry_rejected",
            "manual_not_allowed",
        ],
    )
    entry_status = serializers.ChoiceField(choices=[e.value for e in Entry], allow_null=True)


class BatchOut(serializers.Serializer):
    results = ResultOut(many=True)


_ITEM = {
    "id": "0d6f7f52-6f0e-4a34-9f26-3b5d4f6c2a11",
    "sitting": 4711,
    "captured_at": "2025-12-06T08:12:03+08:00",
    "method": "face",
    "outcome": "passed",
    "score": 0.93,
    "device_id": "a1b2c3",
    "device_seq": 7,
}


class SignIns(FromPhone):
    """Takes a batch of checks in; each item is answered on its own, in order, and may be sent again."""

    action = "sign_in.record"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The hottest write of the portal goes by one statement where the database can; the rest goes on below."""
        return at_once.answer(request) or super().dispatch(request, *args, **kwargs)

    @extend_schema(
        operation_id="sign_in_batch",
        request=BatchIn,
        responses={200: BatchOut, **refusals(s403="not_allowed", s422="invalid (1 to 500 items)")},
        examples=[
            OpenApiExample(
                "one check",
                request_only=True,
                value={"items": [_ITEM], "sent_at": "2025-12-06T08:12:05+08:00", "last_seq": 7},
            ),
            OpenApiExample(
                "two answers",
                response_only=True,
                value={
                    "results": [
                        {"id": _ITEM["id"], "status": "created", "code": None, "entry_status": "signed_in"},
                        {
                            "id": "5a0e2b1c-93a4-4c1e-8a3c-2d1e0f9b8a77",
                            "status": "rejected",
                            "code": "not_open",
                            "entry_status": "not_signed_in",
                        },
                    ]
                },
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        data = self.body(BatchIn)
        envelope = sign_ins.Envelope(
            sent_at=data.get("sent_at"),
            last_seq=data.get("last_seq"),
            on_device_clock=request.headers.get("Exam-Clock", "").lower() == "device",
        )
        done = sign_ins.record(data["items"], envelope, actor=self.actor, now=self.now)
        if done.plan is not None:
            self.about(done.plan)
        return Response({"results": [msgspec.structs.asdict(r) for r in done.results]})
