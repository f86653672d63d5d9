"""Withdrawing a picture over the API: an act by one person, safe to send again."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api
from exam_ops.core.api_parts import ID_IN_PATH, refusals
from incidents.models import Evidence
from incidents.services import withdrawals


class WithdrawalIn(serializers.Serializer):
    reason = serializers.CharField(max_length=withdrawals.LONGEST)


class WithdrawalOut(serializers.Serializer):
    id = serializers.UUIDField(help_text="of the picture, which stays to be seen")
    version = serializers.IntegerField()
    withdrawn_at = serializers.DateTimeField()
    withdrawn_by = serializers.CharField()
    reason = serializers.CharField()


class EvidenceWithdrawal(Api):
    """Withdraws a picture while evidence is open; what it met is owed again unless another picture meets it."""

    action = withdrawals.ACTION

    @extend_schema(
        operation_id="evidence_withdrawal",
        description="By its sender, the chief examiner or the site administrator, until the unit's end. "
        "The same person again: 200.",
        parameters=[ID_IN_PATH],
        request=WithdrawalIn,
        responses={
            201: WithdrawalOut,
            200: WithdrawalOut,
            **refusals(
                s403="evidence_closed, not_allowed, out_of_scope", s404="not_found", s409="already_withdrawn"
            ),
        },
    )
    def post(self, request: Request, id: UUID) -> Response:
        rows = Evidence.objects.select_related(*withdrawals.RELATED)
        row = access.get(self.actor, Evidence, self.action, rows, pk=id)
        self.about(row.room_session.site_unit.unit.plan)
        is_new = withdrawals.withdraw(row, **self.body(WithdrawalIn), actor=self.actor, now=self.now)
        return Response(_told(row), status=201 if is_new else 200)


def _told(row: Evidence) -> dict[str, Any]:
    plan = row.room_session.site_unit.unit.plan
    return {
        "id": str(row.pk),
        "version": row.version,
        "withdrawn_at": plan.plan_time(row.withdrawn_at).isoformat() if row.withdrawn_at else None,
        "withdrawn_by": row.withdrawn_by.name if row.withdrawn_by else "",
        "reason": row.withdrawal_reason,
    }
