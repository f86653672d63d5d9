"""Words of the exam client's pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from client_support.models import ClientLogin
from client_support.selectors.board import Seat, State
from exam_ops.core.models import ExamSite

STATES: dict[State, Any] = {
    State.REFUSED: _("登录被拒"),
    State.WAITING: _("等待登录"),
    State.OFFLINE: _("断网"),
    State.NONE: _("未登录"),
    State.IN: _("已登录"),
    State.SUBMITTED: _("已交卷"),
}
# the design system's state of a seat and a chip
LOOKS = {
    State.REFUSED: "rejected",
    State.WAITING: "pending",
    State.OFFLINE: "gap",
    State.NONE: "none",
    State.IN: "in",
    State.SUBMITTED: "approved",
}
REFUSALS: dict[str, Any] = {
    "outside_site_ip": _("公网IP未登记"),
    "client_outdated": _("客户端版本不符"),
    "entry_rejected": _("入场审批未通过"),
    "entry_expired": _("入场已截止"),
}
WAITS: dict[str, Any] = {
    ClientLogin.Status.WAITING_ENTRY: _("待主考审批"),
    ClientLogin.Status.WAITING_AUTHORISATION: _("非首次登录，待授权"),
    ClientLogin.Status.AUTHORISED: _("已授权，等待客户端登录"),
}
SITE_STATUS: dict[str, Any] = {
    ExamSite.Status.NORMAL: _("正常"),
    ExamSite.Status.SUSPENDED: _("暂停"),
    ExamSite.Status.REVOKED: _("已撤销"),
}
SITE_KINDS: dict[str, Any] = {ExamSite.Kind.FORMAL: _("正式考点"), ExamSite.Kind.TEMPORARY: _("临时考点")}
WHY_SKIPPED: dict[str, Any] = {
    "unknown_sitting": _("不在您的范围内"),
    "not_allowed": _("您的角色不能授权"),
    "not_open": _("不在本单元登录时间内"),
    "entry_pending": _("入场审批尚未决定"),
    "expired": _("申请已失效，请考生重新登录"),
    "already_decided": _("已有人决定"),
    "already_admitted": _("已经登录"),
}
DENY_REASONS = (_("请回原机器登录"), _("身份未核实"), _("请先联系监考教师"))


def reason_of(seat_machine: str, machine: str) -> str:
    """The reason that an authorisation is given with unless another is typed."""
    return str(_("同一机器重新登录")) if seat_machine == machine else str(_("更换机器"))


def about(seat: Seat) -> str:
    """What a seat's machine has to say, in one line."""
    if seat.login is not None:
        return str(WAITS[seat.login.status])
    if seat.state is State.REFUSED and seat.refusal is not None:
        return str(REFUSALS.get(seat.refusal.code, seat.refusal.code))
    if seat.session is not None and seat.session.fault_note:
        return seat.session.fault_note
    if seat.session is not None and seat.session.forced:
        return str(_("强制交卷"))
    return ""


def machines(number: int) -> str:
    return ngettext("%(n)d 台机器", "%(n)d 台机器", number) % {"n": number}
