"""What the codes of incidents and evidence are called on pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from exam_ops.rules.catalogue import Group, Party
from exam_ops.rules.escalation import Level
from exam_ops.rules.ladder import Due, What
from incidents.models import EvidenceDuty, Incident

GRADES: dict[int, Any] = {1: _("Ⅰ级"), 2: _("Ⅱ级"), 3: _("Ⅲ级"), 4: _("Ⅳ级")}

LEVELS: dict[str, Any] = {Level.SITE: _("考点"), Level.BRANCH: _("分部"), Level.HQ: _("总部")}

STATUSES: dict[str, Any] = {
    Incident.Status.OPEN: _("待确认"),
    Incident.Status.ACKNOWLEDGED: _("处理中"),
    Incident.Status.RESOLVED: _("已办结"),
}
STATUS_TONES: dict[str, str] = {
    Incident.Status.OPEN: "trouble",
    Incident.Status.ACKNOWLEDGED: "watch",
    Incident.Status.RESOLVED: "good",
}

PARTIES: dict[str, Any] = {
    Party.PROCTOR: _("监考教师"),
    Party.CHIEF: _("主考"),
    Party.SITE_ADMIN: _("考点管理员"),
    Party.CENTRE_OFFICER: _("学习中心考务管理员"),
    Party.SUPPORT: _("技术支持"),
    Party.BRANCH_OFFICER: _("分部考务"),
    Party.HQ: _("总部"),
}

GROUPS: dict[str, Any] = {
    Group.ENTRY: _("入场与身份核验"),
    Group.CLIENT: _("考试客户端"),
    Group.GENERAL: _("考点与其他"),
}

CAUSES: dict[str, Any] = {
    EvidenceDuty.Cause.APPROVED: _("主考已批准"),
    EvidenceDuty.Cause.LOCKED_OUT: _("监考无法登录"),
    EvidenceDuty.Cause.SYNC_LAG: _("已采集未到达"),
    EvidenceDuty.Cause.NO_RESPONSE: _("扫描无反馈"),
    EvidenceDuty.Cause.BAD_PHOTO: _("签到照片不清"),
    EvidenceDuty.Cause.DECISION: _("总部决定"),
}
CAUSE_STATES: dict[str, str] = {
    EvidenceDuty.Cause.APPROVED: "approved",
    EvidenceDuty.Cause.LOCKED_OUT: "emergency",
    EvidenceDuty.Cause.SYNC_LAG: "gap",
    EvidenceDuty.Cause.NO_RESPONSE: "emergency",
    EvidenceDuty.Cause.BAD_PHOTO: "pending",
    EvidenceDuty.Cause.DECISION: "approved",
}

EVIDENCE_REASONS: tuple[tuple[Any, Any], ...] = (
    (_("人脸未通过"), _("人脸识别未通过，已人工核对证件，主考已批准入场")),
    (_("监考无法登录"), _("两名监考教师均无法登录 App，已人工核对证件")),
    (_("未到达系统"), _("App 已通过但系统未签到，考生在场")),
    (_("扫描无反馈"), _("App 扫描无反馈，已人工核对证件")),
    (_("签到照片不清"), _("签到照片不清，补拍考场全景")),
)
"""Sentences that a touch writes, by the clauses that open a duty; each may be changed after."""

DUTIES: dict[str, Any] = {
    EvidenceDuty.Status.OPEN: _("待提交"),
    EvidenceDuty.Status.MET: _("已提交"),
    EvidenceDuty.Status.MISSED: _("逾期未交"),
    EvidenceDuty.Status.DROPPED: _("已解除"),
}
MET_LATE = _("已提交，拍摄时间待核")
DUTY_ENDS: dict[str, Any] = {
    "signed_in": _("签到已到达系统"),
    "not_here": _("确认不在场"),
    "undone": _("人工签到已撤销"),
    "all_signed_in": _("开考 30 分钟时全部已签到"),
}
"""Why a duty was dropped; met and missed speak for themselves."""

DUTY_TONES: dict[str, str] = {
    EvidenceDuty.Status.OPEN: "watch",
    EvidenceDuty.Status.MET: "good",
    EvidenceDuty.Status.MISSED: "trouble",
    EvidenceDuty.Status.DROPPED: "quiet",
}

_NEXT: dict[What, Any] = {
    What.TELL: _("最迟通知%(level)s"),
    What.CLIMB: _("无人确认则通知%(level)s"),
    What.AGAIN: _("无人确认则再次提醒%(level)s"),
    What.UPDATE: _("应向%(level)s续报"),
}


def next_step(due: Due) -> str:
    """What happens at a ladder's next instant unless somebody acts before."""
    return str(_NEXT[due.what]) % {"level": LEVELS[due.level]}
