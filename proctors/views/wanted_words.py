"""Words of the page 范围外选择."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import WantedDuty
from proctors.services.wanting import Step

TOUCHES = {
    Step.PLACE: _("编排到该考场"),
    Step.ASK: _("提交分部审批"),
    Step.EMERGENCY: _("紧急更换"),
    Step.CALL: _("请分部值班人员紧急更换"),
}
DONE: dict[str, Any] = {
    WantedDuty.State.PLACED: _("%(name)s 已上岗，手机重试即可进入。"),
    WantedDuty.State.ASKED: _("已提交分部，批准后 %(name)s 即可进入。"),
    WantedDuty.State.CALLED: _("已通知分部值班人员和主考。%(name)s 的选择保留在这里，直到办结。"),
}
FREE_PLACE, REPLACE = _("%(room)s考场 · 空缺"), _("%(room)s考场 · 换下 %(name)s")
GO_THERE = _("您本单元编排在 %(room)s考场，请选择该考场")
DISMISSALS = (
    _("选错了计划或时间单元，请重新选择"),
    _("该考场监考已配足，请按原编排到岗"),
    _("本单元没有安排您监考"),
)
