"""A whole room at once where its check has failed: what is asked for its candidates, and the chief's one decision (C5, C7)."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api_parts import Key, refusals
from exam_ops.core.errors import Refusal
from exam_ops.core.language import say
from exam_ops.core.models import RoomSession, Sitting
from exam_ops.rules.entry import Entry
from exam_ops.rules.permissions import Role
from verification.api.shared import FromPhone
from verification.models import EntryRequest
from verification.services import room_decisions, room_requests
from verification.services.room_requests import Skipped

Status = EntryRequest.Status
ROOMS = RoomSession.objects.select_related("site_unit__unit__plan", "site_unit__site__branch", "room")
MOST = 1000  # candidates of one room


class OfRoom(serializers.Serializer):
    id = serializers.UUIDField()
    documents_checked = serializers.BooleanField(help_text="Whether the documents were checked by hand.")
    note = serializers.CharField(max_length=1000, allow_blank=True, required=False, default="")
    sittings = serializers.ListField(
        child=Key(),
        min_length=1,
        max_length=MOST,
        allow_null=True,
        required=False,
        default=None,
        help_text="Whom it is about; left out or null: everybody in the room who is not yet in.",
    )


class RoomRequestIn(OfRoom):
    reason = serializers.ChoiceField(choices=EntryRequest.Reason.choices)


class RoomDecisionIn(OfRoom):
    outcome = serializers.ChoiceField(choices=[Status.APPROVED.value, Status.REJECTED.value])


class NamedOut(serializers.Serializer):
    entry_request = serializers.UUIDField()
    sitting = serializers.IntegerField()
    name = serializers.CharField()
    seat_no = serializers.CharField(allow_blank=True)


class SkippedOut(serializers.Serializer):
    sitting = serializers.IntegerField()
    code = serializers.CharField(help_text="Why: the code of a refusal.")
    detail = serializers.CharField()


class RoomRequestsOut(serializers.Serializer):
    room_session = serializers.IntegerField()
    incident = serializers.CharField(help_text="Number of the incident they joined.")
    requested = NamedOut(many=True)
    skipped = SkippedOut(many=True)


class RoomDecisionOut(serializers.Serializer):
    room_session = serializers.IntegerField()
    incident = serializers.CharField(help_text="Number of the incident that blocks the room.")
    outcome = serializers.ChoiceField(choices=[Status.APPROVED.value, Status.REJECTED.value])
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField()
    decided = NamedOut(many=True)
    skipped = SkippedOut(many=True)


class CandidateOut(serializers.Serializer):
    sitting = serializers.IntegerField()
    name = serializers.CharField()
    seat_no = serializers.CharField(allow_blank=True)
    entry_status = serializers.ChoiceField(choices=[e.value for e in Entry])
    requested_by = serializers.CharField(allow_null=True)
    code = serializers.CharField(
        allow_null=True, help_text="Why a decision would skip them; null: it would not."
    )
    detail = serializers.CharField(allow_null=True)


class RoomPreviewOut(serializers.Serializer):
    incident = serializers.CharField(allow_null=True)
    reported_by = serializers.CharField(allow_null=True)
    candidates = CandidateOut(many=True)


class RoomApi(FromPhone):
    """An endpoint about one room session of the actor's."""

    def room(self, pk: int) -> RoomSession:
        session = access.get(self.actor, RoomSession, self.action, ROOMS, pk=pk)
        self.about(session.site_unit.unit.plan)
        return session


class RoomEntryRequests(RoomApi):
    """Asks the chief for many candidates of one room in one act: by a proctor of the room or the site administrator."""

    action = room_requests.ACTION

    @extend_schema(
        operation_id="room_entry_request_create",
        request=RoomRequestIn,
        responses={
            201: RoomRequestsOut,
            200: RoomRequestsOut,
            **refusals(
                s403="not_allowed, out_of_scope (`missing`)",
                s404="not_found",
                s409="not_open, nobody_left, id_reused; of a single candidate: already_signed_in, "
                "already_pending, rejected_before",
                s422="invalid",
            ),
        },
        examples=[
            OpenApiExample(
                "both proctors are locked out",
                request_only=True,
                value={
                    "id": "5b3f7d1f-6c8e-4e9f-8a21-2b3c4d5e6f70",
                    "reason": "app_unavailable",
                    "documents_checked": True,
                    "note": "两位监考均无法登录，已逐一核对证件",
                },
            )
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        session = self.room(pk)
        if not self.actor.has(Role.SITE):
            self.require_phone()
        data = self.body(RoomRequestIn)
        asked = room_requests.RoomAsked(**data)

        def create() -> dict[str, Any]:
            done = room_requests.submit(asked, room_session=session, requester=self.actor.user, now=self.now)
            return {
                "room_session": pk,
                "incident": done.incident.number,
                "requested": [named(r) for r in done.made],
                "skipped": skipped_of(done.skipped),
            }

        return self.create_once(
            "room_entry_requests", data | {"room_session": pk}, create, plan=session.site_unit.unit.plan
        )


class RoomEntryDecision(RoomApi):
    """One decision for a room whose check has failed; looked at, it says whom it would decide and whom skip."""

    action = room_decisions.ACTION

    @extend_schema(
        operation_id="room_entry_decision_preview",
        responses={200: RoomPreviewOut, **refusals(s403="not_allowed", s404="not_found")},
    )
    def get(self, request: Request, pk: int) -> Response:
        found = room_decisions.preview(self.room(pk), actor=self.actor, now=self.now)
        told = [
            {
                "sitting": each.sitting.pk,
                "name": each.sitting.candidate.name,
                "seat_no": each.sitting.seat_no,
                "entry_status": each.sitting.entry_status,
                "requested_by": each.request.requester.name if each.request else None,
                "code": each.refusal.code if each.refusal else None,
                "detail": say(each.refusal.detail) if each.refusal else None,
            }
            for each in found.candidates
        ]
        return Response(
            {
                "incident": found.incident.number if found.incident else None,
                "reported_by": found.reporter.name if found.reporter else None,
                "candidates": told,
            }
        )

    @extend_schema(
        operation_id="room_entry_decide",
        request=RoomDecisionIn,
        responses={
            201: RoomDecisionOut,
            200: RoomDecisionOut,
            **refusals(
                s403="not_allowed (also for the own request)",
                s404="not_found",
                s409="not_open, room_not_blocked, nobody_left, id_reused; of a single candidate: "
                "already_signed_in, already_decided, nobody_asked",
                s422="invalid",
            ),
        },
        examples=[
            OpenApiExample(
                "everybody who is not yet in",
                request_only=True,
                value={
                    "id": "6c4a8e2a-7d9f-4fa0-9b32-3c4d5e6f7081",
                    "outcome": "approved",
                    "documents_checked": True,
                    "note": "主考到场逐一核对",
                },
            )
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        session = self.room(pk)
        data = self.body(RoomDecisionIn)
        asked = room_decisions.RoomDecision(**data)
        plan = session.site_unit.unit.plan

        def create() -> dict[str, Any]:
            done = room_decisions.decide(asked, room_session=session, actor=self.actor, now=self.now)
            return {
                "room_session": pk,
                "incident": done.incident.number,
                "outcome": asked.outcome,
                "decided_by": self.actor.user.name,
                "decided_at": plan.plan_time(self.now).isoformat(),
                "decided": [named(r) for r in done.decided],
                "skipped": skipped_of(done.skipped),
            }

        return self.create_once("room_entry_decision", data | {"room_session": pk}, create, plan=plan)


def named(request: EntryRequest) -> dict[str, Any]:
    sitting: Sitting = request.sitting
    return {
        "entry_request": str(request.pk),
        "sitting": sitting.pk,
        "name": sitting.candidate.name,
        "seat_no": sitting.seat_no,
    }


def skipped_of(skipped: Iterable[Skipped]) -> list[dict[str, Any]]:
    return [{"sitting": s.sitting_id, **_why(s.refusal)} for s in skipped]


def _why(refusal: Refusal) -> dict[str, str]:
    return {"code": refusal.code, "detail": say(refusal.detail)}
