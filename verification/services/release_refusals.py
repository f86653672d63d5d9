"""Why a release of the App is not entered, withdrawn or let through."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from verification.selectors.freeze import Hit

_MINUTE = timedelta(minutes=1)
_NAMED = 3  # units in the sentence; the page lists them all


class BadRelease(Invalid):
    """What was entered does not make a release; each field with its reason."""


class MomentTaken(Invalid):
    def __init__(self) -> None:
        said = Text(
            "这个平台在该时刻已有一条版本记录。请换一个生效时间，或先撤回那一条。",
            "This platform has a release from that moment already. Choose another moment, or withdraw that one first.",
        )
        super().__init__(errors=[FieldError("effective_from", "moment_taken", said)])


class NothingNew(Invalid):
    def __init__(self) -> None:
        said = Text(
            "与前一条记录完全相同。请修改版本或下载地址；若刚才已提交，请看下面的列表。",
            "It is the same as the one before it. Change a version or the link; if you have just sent it, it stands in the list.",
        )
        super().__init__(errors=[FieldError("minimum_version", "nothing_new", said)])


class Frozen(Refusal):
    """The new minimum would begin around exams; `hits` are their units, `free_from` the next free moment."""

    code, status = "release_frozen", 409
    title = Text("临近考试，不能提高最低版本", "Too close to an exam")
    sentence = Text(
        "{at} 临近考试或正在考试（{units}）。请改到 {free} 起生效；确需按此时间生效的，请写明理由。",
        "{at} is too close to an exam or within it ({units}). Let it begin at {free}, or give a reason to begin all the same.",
    )

    def __init__(self, at: datetime, hits: Sequence[Hit], free_from: datetime) -> None:
        """`free_from` is told as the first whole minute: what is shown must be free when it is entered."""
        whole = free_from.replace(second=0, microsecond=0)
        self.hits, self.free_from = list(hits), whole if whole == free_from else whole + _MINUTE
        super().__init__(at=shown(at), units=named(hits), free=shown(self.free_from))


class InForce(Refusal):
    code, status = "release_in_force", 409
    title = Text("该版本已生效", "Already in force")
    sentence = Text(
        "{platform} {minimum} 已于 {at} 生效，不能撤回。需要改变时，请另加一条版本记录。",
        "{platform} {minimum} has been in force since {at} and can't be withdrawn. Enter another release instead.",
    )


class Withdrawn(Refusal):
    code, status = "already_withdrawn", 409
    title = Text("该版本已撤回", "Already withdrawn")
    sentence = Text(
        "{platform} {minimum} 已由 {by} 撤回。请刷新页面。",
        "{platform} {minimum} was withdrawn by {by}. Reload the page.",
    )


class NotHeld(Refusal):
    code, status = "release_not_held", 409
    title = Text("该版本没有被推迟", "Not held back")
    sentence = Text(
        "{platform} {minimum} 按原定时间生效，无需特批。请刷新页面。",
        "{platform} {minimum} holds from the time entered; nothing is to be decided. Reload the page.",
    )


def reason_missing(field: str) -> Invalid:
    """An act that owes a reason was sent without one."""
    said = Text("请写明理由。", "Give the reason.")
    return Invalid(errors=[FieldError(field, "required", said)])


def shown(at: datetime) -> str:
    """`12-06 08:30` in Beijing time."""
    return at.astimezone(BEIJING).strftime("%m-%d %H:%M")


def named(hits: Sequence[Hit]) -> Text:
    """The first units by plan and name, and how many more."""
    first = "、".join(f"{hit.unit.plan.name} {hit.unit}" for hit in hits[:_NAMED])
    more = len(hits) - _NAMED
    if more <= 0:
        return Text(first, first.replace("、", ", "))
    return Text(f"{first} 等 {len(hits)} 个单元", f"{first.replace('、', ', ')} and {more} more")
