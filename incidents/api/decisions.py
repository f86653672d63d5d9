"""Notices of headquarters' decisions, as phones read them (A4): what was decided, for which own units, and the receipt."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core.api import Api, CursorPages
from exam_ops.core.api_parts import ID_IN_PATH, paged
from exam_ops.core.errors import NotFound
from exam_ops.core.language import say
from exam_ops.rules.decisions import Kind
from incidents import decision_selectors as selectors
from incidents.models import Decision, DecisionTarget
from incidents.services import decision_broadcast as broadcast
from incidents.services import decision_words as words

UNITS = 50  # of one notice; the rest is counted


class NoticeUnit(serializers.Serializer):
    code = serializers.CharField()
    site = serializers.CharField()
    start = serializers.DateTimeField(help_text="as it stands now, on the plan's clock")
    end = serializers.DateTimeField()
    place = serializers.CharField(allow_blank=True)
    manual_check_for_all = serializers.BooleanField()
    stopped = serializers.BooleanField()


class NoticePlan(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class NoticeOut(serializers.Serializer):
    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    said = serializers.CharField()
    reason = serializers.CharField()
    plan = NoticePlan()
    issued_at = serializers.DateTimeField(help_text="on the plan's clock")
    read_at = serializers.DateTimeField(allow_null=True, help_text="on the plan's clock")
    units = NoticeUnit(many=True)
    units_total = serializers.IntegerField()


class ReceiptOut(serializers.Serializer):
    id = serializers.UUIDField()
    read_at = serializers.DateTimeField(help_text="on the plan's clock")


_EXAMPLE = OpenApiExample(
    "an extension",
    value={
        "next": None,
        "previous": None,
        "results": [
            {
                "id": "5a1d6b1e-6f0b-4a53-8f6c-5b6f6f0e7a11",
                "number": "ZL251206-0003",
                "kind": "extend",
                "said": "结束延长 10 分钟",
                "reason": "平台故障，补足作答时间",
                "plan": {"code": "2025A-CBE", "name": "2025秋-网考"},
                "issued_at": "2025-12-06T09:50:00+08:00",
                "read_at": None,
                "units": [
                    {
                        "code": "U1",
                        "site": "A1",
                        "start": "2025-12-06T08:30:00+08:00",
                        "end": "2025-12-06T10:10:00+08:00",
                        "place": "示例市示例路 18 号",
                        "manual_check_for_all": False,
                        "stopped": False,
                    }
                ],
                "units_total": 1,
            }
        ],
    },
    response_only=True,
)


class Notices(Api):
    """Decisions of headquarters of which the caller was told, newest first."""

    action = "decision.see"

    @extend_schema(
        operation_id="notice_list",
        parameters=[OpenApiParameter("unread", bool, description="only those without a receipt")],
        responses={200: paged("NoticePage", NoticeOut)},
        examples=[_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        only_unread = request.query_params.get("unread", "").lower() in ("1", "true", "yes")
        user = self.actor.user
        rows = selectors.unread(user) if only_unread else selectors.notices(user)
        pages = CursorPages()
        found = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([self.told(decision) for decision in found])

    def told(self, decision: Any) -> dict[str, Any]:
        plan = decision.plan
        targets = selectors.own_targets(decision, self.actor)
        return {
            "id": str(decision.uid),
            "number": decision.number,
            "kind": decision.kind,
            "said": say(words.said(words.wish_of(decision))),
            "reason": decision.reason,
            "plan": {"code": plan.code, "name": plan.name},
            "issued_at": plan.plan_time(decision.settled_at).isoformat(),
            "read_at": plan.plan_time(decision.read_at).isoformat() if decision.read_at else None,
            "units": [_unit(target) for target in targets[:UNITS]],
            "units_total": targets.count(),
        }


def _unit(target: DecisionTarget) -> dict[str, Any]:
    site_unit = target.site_unit
    return {
        "code": site_unit.unit.code,
        "site": site_unit.site.code,
        "start": site_unit.start.isoformat(),
        "end": site_unit.end.isoformat(),
        "place": site_unit.where,
        "manual_check_for_all": site_unit.manual_check_for_all,
        "stopped": site_unit.stopped_at is not None,
    }


class NoticeReceipt(Api):
    """The caller has read a notice; the same again is the same answer."""

    action = "decision.see"

    @extend_schema(
        operation_id="notice_receipt",
        parameters=[ID_IN_PATH],
        request=None,
        responses={201: ReceiptOut, 200: ReceiptOut},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        decision: Decision | None = selectors.notices(self.actor.user).filter(uid=id).first()
        if decision is None:
            raise NotFound()
        self.about(decision.plan)
        is_new = broadcast.mark_read(decision, self.actor.user, now=self.now)
        read: Any = selectors.notices(self.actor.user).get(pk=decision.pk)
        at = decision.plan.plan_time(read.read_at).isoformat()
        return Response({"id": str(decision.uid), "read_at": at}, status=201 if is_new else 200)
