"""Entry requests and their decision (contract, *Phones at the door*; C2, C3)."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api
from exam_ops.core.api_parts import ID_IN_PATH, Key, page, paged, refusals
from exam_ops.core.models import Sitting
from verification.api.shared import FromPhone
from verification.models import EntryRequest
from verification.selectors.requests import RELATED, requests
from verification.services import decisions
from verification.services.entry_requests import Asked, submit

Status = EntryRequest.Status


class EntryRequestIn(serializers.Serializer):
    id = serializers.UUIDField()
    sitting = Key()
    reason = serializers.ChoiceField(choices=EntryRequest.Reason.choices)
    documents_checked = serializers.BooleanField(help_text="Whether the documents were checked by hand.")
    note = serializers.CharField(max_length=1000, allow_blank=True, required=False, default="")


class EntryRequestOut(serializers.Serializer):
    id = serializers.UUIDField()
    sitting = serializers.IntegerField()
    ticket_no = serializers.CharField()
    name = serializers.CharField()
    seat_no = serializers.CharField(allow_blank=True)
    plan = serializers.CharField()
    unit = serializers.CharField()
    site = serializers.CharField()
    room = serializers.CharField()
    reason = serializers.ChoiceField(choices=EntryRequest.Reason.choices)
    documents_checked = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True)
    has_photo = serializers.BooleanField()
    attempt = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Status.choices)
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_note = serializers.CharField(allow_blank=True)
    incident = serializers.CharField(allow_null=True, help_text="Number of the incident it belongs to.")


def answer(row: EntryRequest) -> dict[str, Any]:
    """The request as phones see it; times on the plan's clock."""
    plan = row.site_unit.unit.plan
    return {
        "id": str(row.pk),
        "sitting": row.sitting_id,
        "ticket_no": row.sitting.ticket_no,
        "name": row.sitting.candidate.name,
        "seat_no": row.sitting.seat_no,
        "plan": plan.code,
        "unit": row.site_unit.unit.code,
        "site": row.site_unit.site.code,
        "room": row.room_session.room.room_no,
        "reason": row.reason,
        "documents_checked": row.documents_checked,
        "note": row.note,
        "has_photo": bool(row.photo),
        "attempt": row.attempt,
        "status": getattr(row, "effective", row.status),
        "requested_by": row.requester.name,
        "requested_at": plan.plan_time(row.requested_at).isoformat(),
        "decided_by": row.decided_by.name if row.decided_by else None,
        "decided_at": plan.plan_time(row.decided_at).isoformat() if row.decided_at else None,
        "decision_note": row.decision_note,
        "incident": row.incident.number if row.incident else None,
    }


class RequestQuery(serializers.Serializer):
    plan = serializers.CharField(required=False, max_length=40)
    unit = serializers.CharField(required=False, max_length=20)
    room = serializers.CharField(required=False, max_length=20)
    status = serializers.ChoiceField(choices=Status.choices, required=False)


class EntryRequests(FromPhone):
    """Asks the chief to let a candidate in, and lists what was asked."""

    @extend_schema(
        operation_id="entry_request_create",
        request=EntryRequestIn,
        responses={
            201: EntryRequestOut,
            200: EntryRequestOut,
            **refusals(
                s403="not_allowed, out_of_scope (`missing`)",
                s404="not_found",
                s409="already_signed_in, already_pending, not_open, rejected_before, id_reused",
                s422="invalid",
            ),
        },
        examples=[
            OpenApiExample(
                "the face check failed",
                request_only=True,
                value={
                    "id": "4a2f6c0e-5b7d-4d8e-9f10-1a2b3c4d5e6f",
                    "sitting": 4711,
                    "reason": "face_check_failed",
                    "documents_checked": True,
                    "note": "身份证、准考证与本人一致",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        self.actor.require("entry.request")
        self.require_phone()
        data = self.body(EntryRequestIn)
        rows = Sitting.objects.select_related("site_unit__unit__plan", "room_session")
        sitting = access.get(self.actor, Sitting, "entry.request", rows, pk=data["sitting"])
        plan = sitting.site_unit.unit.plan
        self.about(plan)
        asked = Asked(data["id"], data["reason"], data["documents_checked"], data["note"])

        def create() -> dict[str, Any]:
            made = submit(asked, sitting=sitting, requester=self.actor.user, now=self.now)
            return answer(EntryRequest.objects.select_related(*RELATED).get(pk=made.pk))

        return self.create_once("entry_request", data, create, plan=plan)

    @extend_schema(
        operation_id="entry_request_list",
        parameters=[RequestQuery],
        responses={200: paged("EntryRequestPage", EntryRequestOut), **refusals(s403="not_allowed")},
    )
    def get(self, request: Request) -> Response:
        self.actor.require("entry.see")
        rows = requests(self.actor, now=self.now, **self.query(RequestQuery))
        if first := rows.first():
            self.about(first.site_unit.unit.plan)
        return page(self, rows, answer, order=("-requested_at", "pk"))


class DecisionIn(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=[Status.APPROVED.value, Status.REJECTED.value])
    note = serializers.CharField(max_length=1000, allow_blank=True, required=False, default="")


class EntryDecision(Api):
    """The chief's decision: the first committed one holds, the next caller is told who and when."""

    action = "entry.decide"

    @extend_schema(
        operation_id="entry_request_decide",
        parameters=[ID_IN_PATH],
        request=DecisionIn,
        responses={
            201: EntryRequestOut,
            200: EntryRequestOut,
            **refusals(
                s403="not_allowed (also for the own request)",
                s404="not_found",
                s409="already_decided (`outcome`, `decided_by`, `decided_at`), expired",
                s422="invalid",
            ),
        },
        examples=[
            OpenApiExample(
                "approved", request_only=True, value={"outcome": "approved", "note": "证件核对无误"}
            )
        ],
    )
    def post(self, request: Request, pk: UUID) -> Response:
        row = access.get(
            self.actor,
            EntryRequest,
            self.action,
            EntryRequest.objects.select_related("site_unit__unit__plan"),
            pk=pk,
        )
        self.about(row.site_unit.unit.plan)
        _, is_new = decisions.decide(pk, **self.body(DecisionIn), actor=self.actor, now=self.now)
        told = answer(EntryRequest.objects.select_related(*RELATED).get(pk=pk))
        return Response(told, status=201 if is_new else 200)
