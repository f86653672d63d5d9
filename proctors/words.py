"""Words and tones of rosters and their changes on pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from exam_ops.rules.proctor_changes import ChangeWindow
from proctors.models import ProctorChange

Status, Window = ProctorChange.Status, ProctorChange.Window

WINDOWS = {
    ChangeWindow.FREE: (_("可直接修改"), _("考点可以直接增改监考；之后的变更须经分部批准。"), "good"),
    ChangeWindow.BRANCH_APPROVAL: (
        _("变更须分部批准"),
        _("增改监考须提交分部批准；之后只能紧急更换。"),
        "watch",
    ),
    ChangeWindow.EMERGENCY: (
        _("只能紧急更换"),
        _("只有分部值班人员可以批准由已认证教师紧急更换；之后不再变更。"),
        "trouble",
    ),
    ChangeWindow.CLOSED: (_("已截止"), _("本单元已停止入场，监考编排不再变更。"), "quiet"),
}

KINDS = {
    Window.FREE: _("直接修改"),
    Window.BRANCH_APPROVAL: _("分部审批"),
    Window.EMERGENCY: _("紧急更换"),
}

STATUSES: dict[str, tuple[Any, str]] = {
    Status.PENDING: (_("待审批"), "watch"),
    Status.APPLIED: (_("已生效"), "good"),
    Status.APPROVED: (_("已批准"), "good"),
    Status.REJECTED: (_("未批准"), "trouble"),
    Status.EXPIRED: (_("已失效"), "quiet"),
    Status.WITHDRAWN: (_("已撤回"), "quiet"),
}

AFTER_SENDING = {
    ChangeWindow.FREE: _("提交后立即生效。"),
    ChangeWindow.BRANCH_APPROVAL: _("提交后由分部审批，批准后生效；截止前未决定即失效。"),
    ChangeWindow.EMERGENCY: _("提交后由分部值班人员立即决定；值班人员本人提交的立即生效。"),
}

REASONS = (_("原监考教师生病"), _("原监考教师交通受阻"), _("教学安排冲突"), _("考场缺监考"))
REFUSALS = (_("接替教师不合适"), _("理由不充分"), _("请先完成其他考场的编排"))

OUTGOING, INCOMING = _("换下"), _("接替")
URGENCIES = (("emergency", _("紧急更换")), ("today", _("今天截止")), ("later", _("以后截止")))
