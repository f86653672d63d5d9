"""Evidence duties over the API: who owes a panorama, why, and what became of it (C14)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core.api import Api
from exam_ops.core.api_parts import page, paged, refusals
from incidents import duty_list_selectors, selectors
from incidents.duty_list_selectors import STATES
from incidents.models import EvidenceDuty


class EvidenceDutyOut(serializers.Serializer):
    duty = serializers.IntegerField()
    plan = serializers.CharField()
    unit = serializers.CharField()
    site = serializers.CharField()
    room = serializers.CharField()
    room_session = serializers.IntegerField()
    sitting = serializers.IntegerField(
        allow_null=True,
        help_text="null: the room's own, whose candidates are named 30 minutes after the start",
    )
    name = serializers.CharField(allow_blank=True)
    seat_no = serializers.CharField(allow_blank=True)
    cause = serializers.ChoiceField(choices=EvidenceDuty.Cause.values)
    status = serializers.ChoiceField(choices=EvidenceDuty.Status.values)
    late = serializers.BooleanField(help_text="met by a picture whose time of capture needs a look")
    again = serializers.CharField(allow_blank=True, help_text="why it is owed once more")
    opened_at = serializers.DateTimeField()
    until = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    met_by = serializers.UUIDField(allow_null=True, help_text="id of the picture")
    incident = serializers.CharField(allow_null=True, help_text="number of the incident it belongs to")


class DutyQuery(serializers.Serializer):
    plan = serializers.CharField(required=False, max_length=40)
    unit = serializers.CharField(required=False, max_length=20)
    site = serializers.CharField(required=False, max_length=20)
    room = serializers.CharField(required=False, max_length=20)
    status = serializers.ChoiceField(choices=list(STATES), required=False)


class EvidenceDuties(Api):
    """The duties of the caller's rooms, by room and seat."""

    action = duty_list_selectors.SEE

    @extend_schema(
        operation_id="evidence_duty_list",
        parameters=[DutyQuery],
        responses={
            200: paged("EvidenceDutyPage", EvidenceDutyOut),
            **refusals(s403="not_allowed", s422="invalid"),
        },
    )
    def get(self, request: Request) -> Response:
        named = self.query(DutyQuery)
        status = named.pop("status", None)
        rows = duty_list_selectors.duties(self.actor, **named)
        rows = duty_list_selectors.loaded(rows.filter(STATES[status]) if status else rows)
        if first := rows.order_by("pk").first():
            self.about(first.room_session.site_unit.unit.plan)
        return page(self, rows, _told, order=("opened_at", "pk"))


def _told(row: EvidenceDuty) -> dict[str, Any]:
    session, sitting = row.room_session, row.sitting
    site_unit = session.site_unit
    plan = site_unit.unit.plan
    return {
        "duty": row.pk,
        "plan": plan.code,
        "unit": site_unit.unit.code,
        "site": site_unit.site.code,
        "room": session.room.room_no,
        "room_session": session.pk,
        "sitting": row.sitting_id,
        "name": sitting.candidate.name if sitting else "",
        "seat_no": sitting.seat_no if sitting else "",
        "cause": row.cause,
        "status": row.status,
        "late": bool(row.met_by and not row.met_by.on_time),
        "again": row.again,
        "opened_at": plan.plan_time(row.opened_at).isoformat(),
        "until": selectors.closes_at(site_unit).isoformat(),
        "closed_at": plan.plan_time(row.closed_at).isoformat() if row.closed_at else None,
        "met_by": str(row.met_by_id) if row.met_by_id else None,
        "incident": row.incident.number if row.incident else None,
    }
