"""The words of the review list: what happened, why it was not applied, what a person can do about it."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import ExamPlan
from verification.models import Outcome, SignIn
from verification.selectors.review import Kind
from verification.views import words

KINDS: dict[str, tuple[str, Any]] = {
    "": ("", _("待核查")),
    Kind.REJECTED: ("rejected", _("未采用")),
    Kind.CONFLICT: ("pending", _("两台手机")),
    Kind.UNCHECKED: ("pending", _("监考未核验")),
    Kind.SKEW: ("pending", _("时差过大")),
    Kind.LATE: ("in", _("补传到达")),
    Kind.SKEW_UNKNOWN: ("none", _("时差未知")),
}
"""Each list with its colour and name."""

REJECTED: dict[str, tuple[Any, Any]] = {
    "unknown_sitting": (
        _("上报的考生编号不在该监考的范围内，对应不到考生。"),
        _("与监考核对是哪名考生，填写准考证号后采用；确属误报的标为已核查。"),
    ),
    "out_of_scope": (
        _("上报时该监考没有编排到考生所在的考场。"),
        _("先在监考编排中添加该监考，再采用；不应由其核验的标为已核查。"),
    ),
    "not_open": (
        _("采集时间不在入场时间内（开考前 30 分钟至开考后 30 分钟）。"),
        _("不能采用。考生确在考场的，截止前提交入场审批，之后上传应急材料。"),
    ),
    "id_reused": (
        _("同一编号已用于另一条内容不同的记录。"),
        _("核对两条记录；确为这名考生通过核验的可采用，否则标为已核查。"),
    ),
    "invalid": (
        _("上报的内容无法读取，已按原样留存。"),
        _("能读出采集时间和结果的，填写考生准考证号后可采用；否则标为已核查，考生走入场审批。"),
    ),
    "entry_rejected": (
        _("主考未批准该考生入场，此后的识别通过不再生效。"),
        _("不能采用，主考的决定有效。有新情况时可再提交一次入场审批。"),
    ),
    "manual_not_allowed": (
        _("总部没有决定本单元人工核验，人工签到不生效。"),
        _("请提交入场审批；总部决定人工核验后可采用。"),
    ),
}
"""Code of a rejected fact → why it was not applied, and what to do."""

OTHERS: dict[Kind, tuple[Any, Any]] = {
    Kind.CONFLICT: (
        _("另一台手机已为该考生签到；这一次也通过了，作为核验记录留存。"),
        _("对照两次的照片：同一人的标为已核查，不是同一人的上报事件。"),
    ),
    Kind.UNCHECKED: (
        _("上报时这台手机的监考本人还没有核验。"),
        _("确认当时是该监考本人操作后标为已核查；不是本人的上报事件。"),
    ),
    Kind.SKEW: (
        _("已按校正后的时间判断。手机时钟与系统相差超过 5 分钟。"),
        _("请监考校准手机时间；核对采集时间后标为已核查。"),
    ),
    Kind.LATE: (
        _("截止入场前采集、截止后到达：已按采集时间采用。"),
        _("供查阅，无需处理。"),
    ),
    Kind.SKEW_UNKNOWN: (
        _("手机没有说明发送时间，时差未知，按手机自己的时间判断。"),
        _("供查阅；对采集时间有疑问时与监考核对。"),
    ),
}
"""The other reasons: what is known, and what to do."""

OUTCOMES = {"no_effect": _("已核查，无需处理"), "applied": _("已采用为签到")}


def happened(fact: SignIn) -> str:
    """`监考甲上报：考生乙 人脸识别通过`."""
    who = fact.sitting.candidate.name if fact.sitting else gettext("无法对应的考生")
    match fact.outcome:
        case Outcome.PASSED:
            what = gettext("人工核验通过") if fact.method == SignIn.Method.MANUAL else gettext("人脸识别通过")
        case Outcome.FAILED:
            what = gettext("人脸识别未通过")
        case _:
            what = gettext("内容无法读取")
    return gettext("%(proctor)s 上报：%(who)s %(what)s") % {
        "proctor": fact.proctor.name,
        "who": who,
        "what": what,
    }


def reasons(fact: SignIn, kinds: list[Kind]) -> list[dict[str, Any]]:
    """Each reason for which it stands here: a chip, why, and what to do; an unknown skew only where it is the only one."""
    found = []
    for kind in kinds[:-1] if len(kinds) > 1 and kinds[-1] is Kind.SKEW_UNKNOWN else kinds:
        tone, label = KINDS[kind]
        why, do = REJECTED.get(fact.code, ("", "")) if kind is Kind.REJECTED else OTHERS[kind]
        found.append({"state": tone, "label": label, "why": why, "do": do})
    return found


def times(fact: SignIn, plan: ExamPlan | None) -> dict[str, str]:
    """Captured then, arrived now, and how far the phone's clock was off."""
    skew = None if fact.skew_ms is None else timedelta(milliseconds=fact.skew_ms)
    captured = words.clock_face(fact.captured_at) if fact.captured_at else ""
    received = plan.plan_time(fact.received_at) if plan else fact.received_at
    return {
        "captured": captured,
        "received": f"{received.astimezone(words.BEIJING):%m-%d %H:%M:%S}",
        "skew": gettext("未知") if skew is None else skew_words(skew),
    }


def skew_words(skew: timedelta) -> str:
    """`慢 6 分 5 秒`: how far the phone's clock stands behind (or ahead), the way included."""
    seconds = round(abs(skew).total_seconds())
    minutes, rest = divmod(seconds, 60)
    size = (
        gettext("%(m)d 分 %(s)d 秒") % {"m": minutes, "s": rest}
        if minutes
        else ngettext("%(s)d 秒", "%(s)d 秒", rest) % {"s": rest}
    )
    if not seconds:
        return gettext("不到 1 秒")
    return (
        gettext("慢 %(size)s") % {"size": size}
        if skew > timedelta(0)
        else gettext("快 %(size)s") % {"size": size}
    )
