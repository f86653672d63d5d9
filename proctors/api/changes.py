"""Proctor changes over the API (contract, *Proctor changes*)."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access, clock
from exam_ops.core.api import Api
from exam_ops.core.api_parts import ID_IN_PATH, Key, page, paged, refusals
from exam_ops.core.models import RoomSession, RosterRow
from proctors.models import ProctorChange
from proctors.selectors.changes import RELATED, changes, is_certified, substitutes
from proctors.services import asking, deciding
from proctors.services.asking import Piece

Status, Window = ProctorChange.Status, ProctorChange.Window


class ChangeIn(serializers.Serializer):
    id = serializers.UUIDField()
    room_session = Key()
    outgoing = Key(allow_null=True, help_text="Account of the proctor who goes; null: an addition.")
    incoming = Key(help_text="Account of the certified proctor who comes.")
    reason = serializers.CharField(max_length=500)


class ChangeOut(serializers.Serializer):
    id = serializers.UUIDField()
    batch = serializers.UUIDField(help_text="Shared by what was asked for in one go.")
    room_session = serializers.IntegerField()
    plan = serializers.CharField()
    unit = serializers.CharField()
    site = serializers.CharField()
    room = serializers.CharField()
    position = serializers.ChoiceField(choices=RosterRow.Position.choices)
    outgoing = serializers.IntegerField(allow_null=True)
    outgoing_name = serializers.CharField(allow_null=True)
    incoming = serializers.IntegerField(allow_null=True)
    incoming_name = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    window = serializers.ChoiceField(choices=Window.choices)
    window_until = serializers.DateTimeField(help_text="When a request that waits expires.")
    status = serializers.ChoiceField(choices=Status.choices)
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_note = serializers.CharField(allow_blank=True)


def answer(row: ProctorChange) -> dict[str, Any]:
    """The change as phones and offices see it; times on the plan's clock."""
    plan = row.site_unit.unit.plan
    return {
        "id": str(row.pk),
        "batch": str(row.batch),
        "room_session": row.room_session_id,
        "plan": plan.code,
        "unit": row.site_unit.unit.code,
        "site": row.site_unit.site.code,
        "room": row.room_session.room.room_no,
        "position": row.position,
        "outgoing": row.outgoing_id,
        "outgoing_name": row.outgoing.name if row.outgoing else None,
        "incoming": row.incoming_id,
        "incoming_name": row.incoming.name if row.incoming else None,
        "reason": row.reason,
        "window": row.window,
        "window_until": plan.laid_time(row.window_until).isoformat(),
        "status": getattr(row, "effective", row.status),
        "requested_by": row.requested_by.name,
        "requested_at": plan.plan_time(row.requested_at).isoformat(),
        "decided_by": row.decided_by.name if row.decided_by else None,
        "decided_at": plan.plan_time(row.decided_at).isoformat() if row.decided_at else None,
        "decision_note": row.decision_note,
    }


class ChangeQuery(serializers.Serializer):
    plan = serializers.CharField(required=False, max_length=40)
    unit = serializers.CharField(required=False, max_length=20)
    site = serializers.CharField(required=False, max_length=20)
    status = serializers.ChoiceField(choices=Status.choices, required=False)


class ProctorChanges(Api):
    """Asks for a change of a roster, and lists what was asked."""

    @extend_schema(
        operation_id="proctor_change_create",
        request=ChangeIn,
        responses={
            201: ChangeOut,
            200: ChangeOut,
            **refusals(
                s403="not_allowed",
                s404="not_found",
                s409="window_closed, proctor_busy, already_pending, id_reused",
                s422="proctor_not_certified, invalid",
            ),
        },
        examples=[
            OpenApiExample(
                "somebody has fallen ill",
                request_only=True,
                value={
                    "id": "0d5b8c5e-3f7a-4b52-9f0e-2c1d3e4f5a6b",
                    "room_session": 12,
                    "outgoing": 301,
                    "incoming": 305,
                    "reason": "原监考教师生病",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        self.actor.require("change.request")
        data = self.body(ChangeIn)
        rows = RoomSession.objects.select_related("site_unit__unit__plan")
        session = access.get(self.actor, RoomSession, "change.request", rows, pk=data["room_session"])
        plan = session.site_unit.unit.plan
        self.about(plan)
        told, is_new = asking.ask_once(
            data["id"],
            [Piece(data["id"], data["room_session"], data["outgoing"], data["incoming"])],
            kind="proctor_change",
            fields=data,
            answer=lambda made: answer(made[0]),
            reason=data["reason"],
            plan=plan,
            actor=self.actor,
            clock=clock.now,
        )
        return Response(told, status=201 if is_new else 200)

    @extend_schema(
        operation_id="proctor_change_list",
        parameters=[ChangeQuery],
        responses={200: paged("ProctorChangePage", ChangeOut), **refusals(s403="not_allowed")},
    )
    def get(self, request: Request) -> Response:
        self.actor.require("change.see")
        rows = changes(self.actor, now=self.now, **self.query(ChangeQuery))
        if first := rows.first():
            self.about(first.site_unit.unit.plan)
        return page(self, rows, answer, order=("-requested_at", "pk"))


class DecisionIn(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=[Status.APPROVED.value, Status.REJECTED.value])
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class OfChange(Api):
    """An act on one change; answers 201 the first time, 200 when the same is sent again."""

    def change(self, pk: UUID) -> ProctorChange:
        row = access.get(
            self.actor, ProctorChange, self.action, ProctorChange.objects.select_related(*RELATED), pk=pk
        )
        self.about(row.site_unit.unit.plan)
        return row

    def told(self, done: tuple[ProctorChange, bool]) -> Response:
        return Response(answer(done[0]), status=201 if done[1] else 200)


class ProctorChangeDecision(OfChange):
    """The branch's decision: the first committed one holds, the next caller is told who and when."""

    action = "change.decide"

    @extend_schema(
        operation_id="proctor_change_decide",
        parameters=[ID_IN_PATH],
        request=DecisionIn,
        responses={
            201: ChangeOut,
            200: ChangeOut,
            **refusals(
                s403="not_allowed (also for the own request, and for an emergency without the right of duty)",
                s404="not_found",
                s409="already_decided (`outcome`, `decided_by`, `decided_at`), expired, proctor_busy, "
                "roster_changed, room_needs_a_proctor",
                s422="proctor_not_certified, invalid",
            ),
        },
        examples=[
            OpenApiExample("approved", request_only=True, value={"outcome": "approved", "note": "同意"})
        ],
    )
    def post(self, request: Request, pk: UUID) -> Response:
        row = self.change(pk)
        return self.told(deciding.decide(row.pk, **self.body(DecisionIn), actor=self.actor, clock=clock.now))


class ProctorChangeWithdrawal(OfChange):
    """Whoever asked takes it back, as long as it waits."""

    action = "change.request"

    @extend_schema(
        operation_id="proctor_change_withdraw",
        parameters=[ID_IN_PATH],
        request=None,
        responses={
            201: ChangeOut,
            200: ChangeOut,
            **refusals(s403="not_allowed", s404="not_found", s409="already_decided, expired"),
        },
    )
    def post(self, request: Request, pk: UUID) -> Response:
        row = self.change(pk)
        return self.told(deciding.withdraw(row.pk, actor=self.actor, clock=clock.now))


class RosteredOut(serializers.Serializer):
    proctor = serializers.IntegerField()
    name = serializers.CharField()
    position = serializers.ChoiceField(choices=RosterRow.Position.choices)
    certified = serializers.BooleanField()


class SubstituteOut(serializers.Serializer):
    proctor = serializers.IntegerField()
    name = serializers.CharField()
    certified = serializers.BooleanField()
    busy = serializers.BooleanField(help_text="On another roster, or asked for elsewhere, at that time.")


class RoomProctorsOut(serializers.Serializer):
    rostered = RosteredOut(many=True)
    substitutes = SubstituteOut(many=True)


class RoomProctors(Api):
    """Who stands in a room, and who of the site could come: the accounts that a change names."""

    action = "change.request"

    @extend_schema(
        operation_id="room_proctors",
        responses={200: RoomProctorsOut, **refusals(s403="not_allowed", s404="not_found")},
    )
    def get(self, request: Request, pk: int) -> Response:
        rows = RoomSession.objects.select_related("site_unit__unit__plan", "site_unit__site")
        session = access.get(self.actor, RoomSession, self.action, rows, pk=pk)
        self.about(session.site_unit.unit.plan)
        here = session.roster.select_related("proctor__proctor").order_by("position")
        return Response(
            {
                "rostered": [
                    {
                        "proctor": row.proctor_id,
                        "name": row.proctor.name,
                        "position": row.position,
                        "certified": is_certified(row.proctor),
                    }
                    for row in here
                ],
                "substitutes": [
                    {
                        "proctor": each.user.pk,
                        "name": each.user.name,
                        "certified": each.is_certified,
                        "busy": each.held_by is not None,
                    }
                    for each in substitutes(session, now=self.now)
                ],
            }
        )
