"""A candidate's wish to be checked by hand (E9): recorded before entry, withdrawn as easily."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api
from exam_ops.core.api_parts import refusals
from exam_ops.core.models import Sitting
from verification.services import manual_checks


class ManualCheckOut(serializers.Serializer):
    sitting = serializers.IntegerField()
    manual_check = serializers.BooleanField(help_text="The candidate has chosen to be checked by hand.")


ANSWERS: Any = {
    200: ManualCheckOut,
    **refusals(s403="not_allowed", s404="not_found", s409="not_open, already_signed_in"),
}


class ManualCheck(Api):
    """人工核验（考生选择）: a choice, never a failed check."""

    action = manual_checks.ACTION

    @extend_schema(operation_id="manual_check_choose", request=None, responses=ANSWERS)
    def put(self, request: Request, pk: int) -> Response:
        return self._set(pk, True)

    @extend_schema(operation_id="manual_check_withdraw", request=None, responses=ANSWERS)
    def delete(self, request: Request, pk: int) -> Response:
        return self._set(pk, False)

    def _set(self, pk: int, wish: bool) -> Response:
        rows = Sitting.objects.select_related("site_unit__unit__plan")
        sitting = access.get(self.actor, Sitting, self.action, rows, pk=pk)
        self.about(sitting.site_unit.unit.plan)
        manual_checks.choose(sitting, wish, actor=self.actor.user, now=self.now)
        return Response({"sitting": sitting.pk, "manual_check": wish})
