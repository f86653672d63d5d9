"""The words of the door: states, reasons, troubles, events."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import ExamPlan, TimeUnit
from exam_ops.rules.entry import Entry
from exam_ops.rules.moments import BEIJING
from verification.models import EntryRequest
from verification.selectors.board_rooms import Seat, Trouble

STATES: dict[str, tuple[str, Any]] = {
    Entry.SIGNED_IN: ("in", _("已签到")),
    Entry.PENDING: ("pending", _("待审批")),
    Entry.APPROVED: ("approved", _("已批准")),
    Entry.REJECTED: ("rejected", _("未通过")),
    Entry.NOT_SIGNED_IN: ("none", _("未签到")),
    Entry.ABSENT: ("absent", _("缺考")),
    "emergency": ("emergency", _("应急")),
    "gap": ("gap", _("已采集未到达")),
}
"""State → its colour in the design system and its word; the keys are the filters of a board."""

Reason, Status = EntryRequest.Reason, EntryRequest.Status

REASONS = {
    Reason.FACE_CHECK_FAILED: _("人脸识别未通过"),
    Reason.FACE_DECLINED: _("本人不使用人脸识别"),
    Reason.NO_RESPONSE: _("App 扫描无反馈"),
    Reason.APP_UNAVAILABLE: _("身份核验 App 无法使用"),
    Reason.NO_PROCTOR: _("监考教师无法核验"),
    Reason.BAD_PHOTO: _("报名照片无法比对"),
    Reason.OTHER: _("其他情况"),
}

REQUEST_STATES: dict[str, tuple[str, Any]] = {
    Status.PENDING: ("pending", _("待审批")),
    Status.APPROVED: ("approved", _("已批准")),
    Status.REJECTED: ("rejected", _("未通过")),
    Status.WITHDRAWN: ("in", _("已撤回：考生已签到")),
    Status.EXPIRED: ("absent", _("已失效：截止入场未审批")),
}

REFUSAL_REASONS = (
    _("证件与本人不符"),
    _("证件未核对清楚，请核对后再次提交"),
    _("不在本考场应考名单"),
    _("未携带有效证件"),
)
"""Ready sentences for a refusal; any other may be typed."""

TROUBLES: dict[Trouble, tuple[str, Any]] = {
    Trouble.LOCKED_OUT: ("trouble", _("核验 App 无法使用")),
    Trouble.NO_PROCTOR: ("trouble", _("无已认证监考")),
    Trouble.UNCHECKED: ("watch", _("监考未核验")),
    Trouble.REFUSED: ("watch", _("客户端登录被拒")),
    Trouble.SILENT: ("watch", _("尚无人签到")),
    Trouble.FAILED: ("watch", _("识别未通过，未申请")),
}
"""Chips of those troubles that no count of the room says already."""

LEVELS = {"site": _("考点处理中"), "branch": _("已上报分部"), "hq": _("已上报总部")}

PLAN_KINDS = {
    ExamPlan.Kind.REAL: ("info", _("正式考试")),
    ExamPlan.Kind.MOCK: ("quiet", _("模拟考试")),
    ExamPlan.Kind.DRILL: ("watch", _("演练")),
}

EVENTS = {
    "sign_in.passed": ("in", _("人脸识别通过")),
    "sign_in.failed": ("pending", _("人脸识别未通过")),
    "sign_in.late": ("in", _("签到补传到达（截止前采集）")),
    "sign_in.rejected": ("none", _("上报的签到未能采用，已留存待核对")),
    "sign_in.reviewed": ("none", _("上报记录已核查")),
    "sign_in.applied": ("in", _("上报记录经核查采用为签到")),
    "sign_in.undone": ("none", _("人工签到已撤销")),
    "entry.requested": ("pending", _("提交入场审批")),
    "entry.approved": ("approved", _("同意入场")),
    "entry.rejected": ("rejected", _("不同意入场")),
    "entry.held_over_kept": ("none", _("留考监管中")),
    "entry.held_over_left": ("absent", _("留考考生已离开，下一科次缺考")),
    "entry.held_over_entered": ("in", _("留考监管入场，未再次核验")),
    "entry.manual_chosen": ("none", _("考生选择人工核验")),
    "entry.manual_withdrawn": ("none", _("撤回人工核验")),
    "entry.withdrawn": ("in", _("入场审批撤回（考生已签到）")),
    "entry.expired": ("absent", _("入场审批失效（截止入场未审批）")),
    "entry.absent": ("absent", _("截止入场未签到，记为缺考")),
    "duty.opened": ("emergency", _("列为应急考生，须上传应急材料")),
    "duty.met": ("in", _("应急材料已上传")),
    "duty.dropped": ("in", _("应急材料不再需要")),
    "duty.missed": ("rejected", _("应急材料未按时上传")),
    "presence.present": ("emergency", _("监考确认在场")),
    "presence.not_here": ("none", _("监考确认不在场")),
    "photo.stored": ("none", _("照片已上传")),
    "photo.doubted": ("pending", _("照片存疑（机器提示，待人工判断）")),
    "photo.cleared": ("in", _("照片提示已排除")),
    "photo.bad": ("rejected", _("照片判为不合格")),
    "post_exam.checked": ("in", _("考后核验")),
    "post_exam.withdrawn": ("none", _("考后核验结论撤回")),
    "post_exam.seen": ("none", _("分部已查看考后核验情况")),
    "post_exam.settled": ("in", _("分部已处理考后核验情况")),
    "client.admitted": ("in", _("考试客户端登录")),
    "client.waiting": ("pending", _("考试客户端等待授权")),
    "paper.submitted": ("in", _("交卷")),
}

REJECTED_FACTS = {
    "unknown_sitting": _("不是本考场考生"),
    "out_of_scope": _("不在监考范围内"),
    "not_open": _("不在入场时间内采集"),
    "id_reused": _("编号已用于另一条记录"),
    "invalid": _("内容无法读取"),
    "entry_rejected": _("入场审批未通过"),
    "manual_not_allowed": _("未开放人工签到"),
}


def room_name(number: str) -> str:
    """`305考场`; a number that says so itself stays as it is."""
    if number.endswith(("考场", "室", "教室")):
        return number
    return gettext("%(number)s考场") % {"number": number}


def seat_name(number: str) -> str:
    return gettext("%(number)s号") % {"number": number} if number else gettext("无座位号")


def place_of(room: str, seat_no: str) -> str:
    """`305考场 · 12号`."""
    return f"{room_name(room)} · {seat_name(seat_no)}" if room else gettext("未编排考场")


def seat_labels() -> Callable[[Seat], str]:
    """What a square says: seat, name, state."""
    return _seat_labels(get_language() or "")


@cache
def _seat_labels(_language: str) -> Callable[[Seat], str]:
    """The words are looked up once for each language: a board has a thousand seats."""
    states = {state: str(word) for state, (_tone, word) in STATES.items()}
    late = gettext("补传")
    numbered, nowhere = gettext("%(number)s号"), gettext("无座位号")

    def label(seat: Seat) -> str:
        state = seat.state
        words = [numbered % {"number": seat.seat_no} if seat.seat_no else nowhere, seat.name, states[state]]
        if seat.emergency and state != "emergency":
            words.append(states["emergency"])
        if seat.late:
            words.append(late)
        return " ".join(words)

    return label


def age_words(age: timedelta) -> str:
    """`3 分钟`, `不到 1 分钟`."""
    minutes = int(age.total_seconds()) // 60
    return (
        ngettext("%(n)d 分钟", "%(n)d 分钟", minutes) % {"n": minutes} if minutes else gettext("不到 1 分钟")
    )


def reason_words(request: EntryRequest) -> str:
    """Why entry is asked for. Declining is a choice: no attempts are counted against it (E9)."""
    reason = str(REASONS[Reason(request.reason)])
    attempts = request.sitting.failed_attempts
    if request.reason == Reason.FACE_CHECK_FAILED and attempts:
        return ngettext("人脸识别 %(n)d 次未通过", "人脸识别 %(n)d 次未通过", attempts) % {"n": attempts}
    return reason


def clock_on(plan: ExamPlan, at: datetime | None, form: str = "%H:%M:%S") -> str:
    """A real instant as the plan's clock showed it, in Beijing."""
    return plan.plan_time(at).astimezone(BEIJING).strftime(form) if at else ""


def laid_hour(plan: ExamPlan, at: datetime) -> str:
    """The hour of a site unit's own instant (`…_at`) on the plan's clock; it follows a drill's jumps, past or ahead."""
    return plan.laid_time(at).astimezone(BEIJING).strftime("%H:%M")


def clock_face(at: datetime) -> str:
    """An instant of a plan as a clock in Beijing shows it."""
    return at.astimezone(BEIJING).strftime("%H:%M:%S")


def unit_words(unit: TimeUnit) -> str:
    """The unit with its day; a name that says the day itself is not given it twice."""
    local = unit.start.astimezone(BEIJING)
    is_said = f"{local.month}月{local.day}日" in unit.name
    return unit.name if is_said else f"{day_words(unit.start)} {unit}"


def place_in_site(place: str, site: str) -> str:
    """Where a room is, without the site's own name before it."""
    return place.removeprefix(site).strip()


def day_words(at: datetime) -> str:
    """`12月6日`, `December 6`."""
    return date_format(at.astimezone(BEIJING), "MONTH_DAY_FORMAT")
