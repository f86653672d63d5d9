"""Why a reported fact can't be cleared, or not so, in words that say what to do next (核查清单)."""

from exam_ops.core.errors import NotAllowed, Refusal
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.review import Against
from exam_ops.rules.text import Text
from verification.models import SignIn, SignInReview

Outcome = SignInReview.Outcome
OUTCOMES = {
    Outcome.NO_EFFECT: Text("已核查，无需处理", "looked at, nothing to do"),
    Outcome.APPLIED: Text("已采用为签到", "applied as a sign-in"),
}
WHY_NOT = {
    Against.IN_FORCE: Text(
        "这条记录到达时已采用，只需核查。", "This was applied when it came; just look at it."
    ),
    Against.CODE: Text(
        "不在入场时间内采集，或主考未批准入场：不能采用。如考生确在考场，请走应急材料。",
        "Captured outside entry, or entry was rejected by the chief: it can't be applied. If the candidate is here, "
        "send evidence.",
    ),
    Against.FAILED: Text("手机上报的结果是未通过，不能采用为签到。", "The phone says that the check failed."),
    Against.NO_TIME: Text(
        "读不出采集时间，无法确认在入场时间内：不能采用。请提交入场审批或应急材料。",
        "When it was captured can't be read, so it can't be applied. Ask for entry, or send evidence.",
    ),
    Against.OUTSIDE: Text(
        "采集时间（按时差校正）不在入场时间内：不能采用。",
        "Captured outside entry, corrected by the clock's skew: it can't be applied.",
    ),
    Against.NOT_ROSTERED: Text(
        "该监考仍未编排到考生所在考场。请先在监考编排中添加，再来采用。",
        "Its proctor is still not rostered for the candidate's room. Add them to the roster first.",
    ),
    Against.MANUAL: Text(
        "总部未决定本单元人工核验，不能采用人工签到。请提交入场审批。",
        "Headquarters has not decided on manual checks for this unit. Ask for entry instead.",
    ),
    Against.STATUS: Text(
        "考生已签到、已获批准或未获准入场，无需采用。",
        "The candidate is in already, or was rejected; nothing is left to apply.",
    ),
}


class AlreadyCleared(Refusal):
    code, status = "already_cleared", 409
    title = Text("已核查", "Already cleared")
    sentence = Text(
        "{cleared_by} 已于 {cleared_at} 核查：{what}。以先提交的为准。",
        "{cleared_by} has cleared this at {cleared_at}: {what}. The first clearing holds.",
    )

    def __init__(self, review: SignInReview, fact: SignIn) -> None:
        plan = fact.room_session.site_unit.unit.plan if fact.room_session else None
        at = plan.plan_time(review.cleared_at) if plan else review.cleared_at
        super().__init__(
            detail=self.sentence.format(
                cleared_by=review.cleared_by.name,
                cleared_at=at.astimezone(BEIJING).strftime("%m-%d %H:%M"),
                what=OUTCOMES[Outcome(review.outcome)],
            ),
            outcome=review.outcome,
            cleared_by=review.cleared_by.name,
            cleared_at=at.isoformat(),
        )


class CantApply(Refusal):
    code, status = "cant_apply", 409
    title = Text("不能采用", "Can't be applied")

    def __init__(self, why: Against) -> None:
        super().__init__(detail=WHY_NOT[why], why=why.value)


class UnknownTicket(Refusal):
    code, status = "unknown_ticket", 422
    title = Text("没有这个准考证号", "No such ticket")
    sentence = Text(
        "这条记录所在的考点单元没有该准考证号。请核对后填写考生的准考证号。",
        "No candidate of the fact's site and unit has this ticket number. Check it and fill in the candidate's ticket.",
    )


class NotYoursToClear(NotAllowed):
    sentence = Text(
        "由本考点的考点管理员或主考核查；无法确定考场的由总部或技术支持核查。",
        "The site's administrator or chief clears it; what names no room, headquarters or support.",
    )
