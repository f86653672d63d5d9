"""Words of auto-fill: why a place stays empty, and what is asked of whom."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import RosterRow
from exam_ops.rules.proctor_changes import ChangeWindow
from exam_ops.rules.roster_fill_model import Why

WHY: dict[Why, Any] = {
    Why.UNCERTIFIED: _("未通过实名认证"),
    Why.LEFT_OUT: _("未参加本次编排"),
    Why.HERE: _("同一单元在本考点其他考场"),
    Why.ELSEWHERE: _("同一时间在别处监考或有待批变更"),
    Why.A_DAY: _("已到每天上限"),
    Why.IN_A_ROW: _("已到连续上限"),
    Why.RECUSED: _("须回避"),
    Why.EXPERIENCE: _("没有监考经历，不能任主监考"),
}

POSITIONS: dict[str, Any] = {RosterRow.Position.LEAD: _("监考一"), RosterRow.Position.SECOND: _("监考二")}

HOW: dict[ChangeWindow | None, tuple[Any, str]] = {
    ChangeWindow.FREE: (_("直接编入"), "good"),
    ChangeWindow.BRANCH_APPROVAL: (_("提交分部审批"), "watch"),
    ChangeWindow.EMERGENCY: (_("只能紧急更换"), "trouble"),
    ChangeWindow.CLOSED: (_("已截止"), "quiet"),
    None: (_("不能编排"), "quiet"),
}
