"""Why a decision of headquarters is refused, each with its own code and the way out (A4)."""

from datetime import datetime
from typing import Any

from exam_ops.core.errors import Refusal
from exam_ops.rules.decisions import REASONS, Why
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text


class StartInThePast(Refusal):
    code = Why.START_IN_THE_PAST.value
    title = Text("开考时间已过", "The new start has passed")
    sentence = REASONS[Why.START_IN_THE_PAST]


class PapersCollected(Refusal):
    code = Why.PAPERS_COLLECTED.value
    title = Text("试卷已收", "The papers were collected")
    sentence = REASONS[Why.PAPERS_COLLECTED]


class EntryIsOver(Refusal):
    code = Why.ENTRY_CLOSED.value
    title = Text("入场已截止", "Entry is over")
    sentence = REASONS[Why.ENTRY_CLOSED]


class AlreadyStopped(Refusal):
    code = Why.STOPPED.value
    title = Text("已停考", "Already stopped")
    sentence = REASONS[Why.STOPPED]


class NothingChanges(Refusal):
    code = Why.NOTHING_CHANGES.value
    title = Text("没有变化", "Nothing changes")
    sentence = REASONS[Why.NOTHING_CHANGES]


class EvidenceNotLater(Refusal):
    code = Why.NOT_LATER.value
    title = Text("截止时间不够晚", "The close is not later")
    sentence = REASONS[Why.NOT_LATER]


class EvidenceTooLong(Refusal):
    code = Why.TOO_LONG.value
    title = Text("重开时间过长", "Reopened for too long")
    sentence = REASONS[Why.TOO_LONG]


BY_REASON: dict[Why, type[Refusal]] = {
    Why.START_IN_THE_PAST: StartInThePast,
    Why.PAPERS_COLLECTED: PapersCollected,
    Why.ENTRY_CLOSED: EntryIsOver,
    Why.STOPPED: AlreadyStopped,
    Why.NOTHING_CHANGES: NothingChanges,
    Why.NOT_LATER: EvidenceNotLater,
    Why.TOO_LONG: EvidenceTooLong,
}


def refusal_of(why: Why, fields: dict[str, Any]) -> Refusal:
    """The refusal of a reason, its sentence filled with the site unit's own times."""
    kind = BY_REASON[why]
    return kind(detail=kind.sentence.format(**fields))


class NothingInScope(Refusal):
    code, status = "nothing_in_scope", 422
    title = Text("没有选中考点", "Nothing is chosen")
    sentence = Text(
        "所选范围内没有该单元的考点。请重新选择单元和范围。",
        "No site of the chosen units lies in the chosen scope. Choose units and scope again.",
    )


class ReopeningIsOff(Refusal):
    code = "evidence_reopening_off"
    title = Text("未开放重开材料", "Reopening is switched off")
    sentence = Text(
        "本考试计划未开放重开应急材料。总部须先在计划策略中开启，再作此决定。",
        "This plan does not let evidence be reopened. Switch it on in the plan's policy first.",
    )


class OneSiteUnitOnly(Refusal):
    code, status = "one_site_unit_only", 422
    title = Text("只能选一个考点的一个单元", "One unit of one site")
    sentence = Text(
        "重开应急材料一次只针对一个考点的一个单元。请缩小范围。",
        "Evidence is reopened for one unit of one site at a time. Narrow the scope.",
    )


class GraveIncidentRequired(Refusal):
    code, status = "grave_incident_required", 422
    title = Text("需要关联Ⅰ级或Ⅱ级事件", "A grade Ⅰ or Ⅱ incident is needed")
    sentence = Text(
        "重开应急材料须关联该考点的一起Ⅰ级或Ⅱ级事件。请从事件页提出，或先核定事件等级。",
        "Reopening evidence needs a linked grade Ⅰ or Ⅱ incident of that site. Start from the incident's page, "
        "or have its grade settled first.",
    )


class OwnDecision(Refusal):
    code, status = "own_decision", 403
    title = Text("须由他人确认", "Somebody else must confirm")
    sentence = Text(
        "指令须由提出人以外的总部人员确认或驳回。请联系另一位总部人员；如需取消请撤回。",
        "Somebody else at headquarters must confirm or refuse this. Ask a colleague; withdraw it to cancel.",
    )


class NotYours(Refusal):
    code = "not_your_decision"
    title = Text("不是您提出的指令", "Not your decision")
    sentence = Text(
        "只有提出人可以撤回。如不同意请驳回。",
        "Only who proposed it withdraws it. Refuse it if you disagree.",
    )


class ConfirmationIsOver(Refusal):
    code = "expired"
    title = Text("确认已超时", "Too late to confirm")
    sentence = Text(
        "确认时限 {until} 已过，指令失效。如仍需要请重新提出。",
        "The time to confirm ended at {until}; the decision lapsed. Propose it anew if it is still needed.",
    )


class AlreadySettled(Refusal):
    code = "already_decided"
    title = Text("已有处理结果", "Already settled")
    sentence = Text(
        "{by} 已于 {at} 处理：{outcome}。请刷新查看。",
        "{by} settled this at {at}: {outcome}. Reload to see it.",
    )


def shown(at: datetime) -> str:
    """`12-06 08:30` in Beijing time, for sentences."""
    return at.astimezone(BEIJING).strftime("%m-%d %H:%M")
