"""How a decision of headquarters is said: on pages, in messages, in a timeline."""

from datetime import datetime

from exam_ops.rules.decisions import Kind, Wish
from exam_ops.rules.text import Text
from incidents.models import Decision
from incidents.services.decision_refusals import shown

KINDS: dict[Kind, Text] = {
    Kind.DELAY: Text("延迟开考", "Delay the start"),
    Kind.EXTEND: Text("延长结束", "Extend the end"),
    Kind.MANUAL_CHECK: Text("全部人工核验", "Manual check for all"),
    Kind.MOVE: Text("调整时间或地点", "Move to another time or place"),
    Kind.STOP: Text("停考", "Stop the exam"),
    Kind.REOPEN_EVIDENCE: Text("重开应急材料", "Reopen evidence"),
}
STATUSES: dict[str, Text] = {
    Decision.Status.PROPOSED: Text("待确认", "Waits to be confirmed"),
    Decision.Status.EFFECTIVE: Text("已生效", "In effect"),
    Decision.Status.REFUSED: Text("已驳回", "Refused"),
    Decision.Status.EXPIRED: Text("已超时失效", "Lapsed"),
    Decision.Status.WITHDRAWN: Text("已撤回", "Withdrawn"),
}
_SAID: dict[Kind, Text] = {
    Kind.DELAY: Text("开考和结束推迟 {minutes} 分钟", "Start and end {minutes} min later"),
    Kind.EXTEND: Text("结束延长 {minutes} 分钟", "The end {minutes} min later"),
    Kind.MANUAL_CHECK: Text(
        "全部改为人工核验：监考核对证件后直接签到",
        "All are checked by hand: proctors check documents and sign in directly",
    ),
    Kind.STOP: Text(
        "立即停考：停止入场，已作答的立即交卷", "Stopped at once: entry closes, papers are handed in"
    ),
    Kind.REOPEN_EVIDENCE: Text("应急材料重开至 {until}", "Evidence is taken until {until}"),
}
_OWED = Text("人工核验入场的考生须提交应急材料", "a panorama is owed for whoever is let in this way")
_TO_START = Text("改为 {start} 开考，时长不变", "Starts at {start}, as long as before")
_TO_PLACE = Text("考点地址改为 {place}", "Sat at {place}")
_AND = Text("{one}；{two}", "{one}; {two}")


def said(wish: Wish) -> Text:
    """What is decided, in one line; times are plan times in Beijing."""
    if wish.kind is not Kind.MOVE:
        until = shown(wish.evidence_until) if wish.evidence_until else ""
        what = _SAID[wish.kind].format(minutes=wish.minutes, until=until)
        return _AND.format(one=what, two=_OWED) if wish.evidence_owed else what
    start = _TO_START.format(start=shown(wish.new_start)) if wish.new_start else None
    place = _TO_PLACE.format(place=wish.new_place) if wish.new_place else None
    return _AND.format(one=start, two=place) if start and place else start or place or KINDS[Kind.MOVE]


def wish_of(decision: Decision) -> Wish:
    """What a stored decision is about."""
    return Wish(
        kind=Kind(decision.kind),
        minutes=decision.minutes or 0,
        new_start=decision.new_start,
        new_place=decision.new_place,
        evidence_until=decision.evidence_until,
        evidence_owed=decision.evidence_owed,
    )


def fields_of(wish: Wish) -> dict[str, int | str | bool | datetime | None]:
    """The columns of a decision that keep `wish`; only those of its kind."""
    is_later, is_move = wish.kind in (Kind.DELAY, Kind.EXTEND), wish.kind is Kind.MOVE
    return {
        "kind": wish.kind.value,
        "minutes": wish.minutes if is_later else None,
        "new_start": wish.new_start if is_move else None,
        "new_place": wish.new_place if is_move else "",
        "evidence_until": wish.evidence_until if wish.kind is Kind.REOPEN_EVIDENCE else None,
        "evidence_owed": wish.evidence_owed and wish.kind is Kind.MANUAL_CHECK,
    }
