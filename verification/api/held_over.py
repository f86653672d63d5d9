"""留考 over the API: kept supervised, left, or brought to the next paper (E10)."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core.api import Api
from exam_ops.core.api_parts import refusals
from exam_ops.core.models import ExamPlan, Sitting
from verification.models import Supervision
from verification.selectors.held_over import State, state_of
from verification.services import held_over

SAID = [State.KEPT.value, State.LEFT.value, State.ENTERED.value]


class SupervisionIn(serializers.Serializer):
    state = serializers.ChoiceField(choices=SAID)


class SupervisionOut(serializers.Serializer):
    sitting = serializers.IntegerField()
    state = serializers.ChoiceField(choices=SAID)
    entry_status = serializers.CharField()
    kept_at = serializers.DateTimeField(allow_null=True)
    left_at = serializers.DateTimeField(allow_null=True)
    entered_at = serializers.DateTimeField(allow_null=True)


class SupervisionOf(Api):
    """What became of a held-over candidate; `sitting` is that of the next paper."""

    action = held_over.ACTION

    @extend_schema(
        operation_id="supervision_record",
        request=SupervisionIn,
        responses={
            201: SupervisionOut,
            200: SupervisionOut,
            **refusals(
                s403="not_allowed, out_of_scope (`missing`)",
                s404="not_found",
                s409="not_held_over, has_left, not_open, already_signed_in, already_pending",
                s422="invalid",
            ),
        },
        examples=[OpenApiExample("still supervised", request_only=True, value={"state": "kept"})],
    )
    def post(self, request: Request, pk: int) -> Response:
        sitting = held_over.find(self.actor, pk)
        plan = sitting.site_unit.unit.plan
        self.about(plan)
        state = State(self.body(SupervisionIn)["state"])
        said, is_new = held_over.record(sitting, state, actor=self.actor.user, now=self.now)
        sitting.refresh_from_db(fields=["entry_status"])
        return Response(_answer(said, sitting, plan), status=201 if is_new else 200)


def _answer(said: Supervision, sitting: Sitting, plan: ExamPlan) -> dict[str, Any]:
    times = {name: getattr(said, name) for name in ("kept_at", "left_at", "entered_at")}
    return {
        "sitting": sitting.pk,
        "state": state_of(said).value,
        "entry_status": sitting.entry_status,
        **{name: plan.plan_time(at).isoformat() if at else None for name, at in times.items()},
    }
