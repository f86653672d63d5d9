"""Refusals: named exceptions with a stable code, a status and a sentence that says what to do next.

Rendered once for the API (`core/api.py`) and once for pages (`core/pages.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from exam_ops.rules.text import Text


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `field` is a dotted path such as `items.3.captured_at`."""

    field: str
    code: str
    detail: Text | str


class Refusal(Exception):
    """A request that is refused; `extra` members stand in the answer and fill the sentence's placeholders."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    title: ClassVar[Text] = Text("无法完成", "Not possible")
    sentence: ClassVar[Text] = Text("请检查后重试。", "Please check and try again.")

    def __init__(
        self, *, errors: Sequence[FieldError] = (), detail: Text | None = None, **extra: Any
    ) -> None:
        self.errors = list(errors)
        self.extra = extra
        self.detail = detail or self.sentence.format(**extra)
        super().__init__(f"{self.code}: {self.detail.en}")


class NotFound(Refusal):
    code, status = "not_found", 404
    title = Text("未找到", "Not found")
    sentence = Text(
        "没有这条记录，或它不在您的范围内。请返回列表重新选择。",
        "No such record, or it is outside your scope. Go back to the list.",
    )


class NotAllowed(Refusal):
    code, status = "not_allowed", 403
    title = Text("没有权限", "Not allowed")
    sentence = Text(
        "您的角色不能执行此操作。请联系有权限的人员。", "Your role may not do this. Ask someone who may."
    )


_MISSING = {
    "plan": Text("考试计划", "exam plan"),
    "unit": Text("时间单元", "time unit"),
    "room": Text("考场", "room"),
}


@dataclass(frozen=True, slots=True)
class Sought:
    """What a proctor picked: a room session by its primary key, or codes as far as they were named."""

    room_session: int | None = None
    plan: str = ""
    unit: str = ""
    room: str = ""


class OutOfScope(Refusal):
    """At the own site, but not the own duty (C11, clause 二(三)8); `sought` is kept for the site (`core/wanted.py`)."""

    code, status = "out_of_scope", 403
    title = Text("不在监考范围内", "Outside your duty")
    sentence = Text(
        "您没有被编排到该{what}。请联系考点管理员在考务管理中添加监考编排。",
        "You are not rostered for this {what}. Ask the site administrator to add you to the roster.",
    )

    def __init__(self, missing: str, sought: Sought | None = None) -> None:
        super().__init__(detail=self.sentence.format(what=_MISSING[missing]), missing=missing)
        self.missing, self.sought = missing, sought


class NotOpen(Refusal):
    code, status = "not_open", 409
    title = Text("不在办理时间内", "Not open")
    sentence = Text(
        "现在不在入场办理时间内。开考前 30 分钟开始，开考后 30 分钟截止。",
        "Entry is not open now. It opens 30 minutes before the start and closes 30 minutes after.",
    )


class Invalid(Refusal):
    code, status = "invalid", 422
    title = Text("内容有误", "Invalid content")
    sentence = Text("请按提示修改后重新提交。", "Correct the fields named and send again.")


def reason_in(text: str, said: Text, *, longest: int = 500) -> str:
    """The reason somebody gave, without the blanks around it; raises `Invalid` with `said` when there is none or too much."""
    reason = text.strip()
    if not 0 < len(reason) <= longest:
        raise Invalid(errors=[FieldError("reason", "max_length" if reason else "required", said)])
    return reason


class Malformed(Refusal):
    code, status = "malformed", 400
    title = Text("无法解析", "Malformed")
    sentence = Text(
        "请求不是有效的 JSON。请检查格式后重试。",
        "The request is not valid JSON. Check its form and send again.",
    )


class NotAuthenticated(Refusal):
    code, status = "not_authenticated", 401
    title = Text("未登录", "Not signed in")
    sentence = Text(
        "令牌缺失、失效或已撤销。请重新登录。", "The token is missing, expired or revoked. Sign in again."
    )


class IdReused(Refusal):
    code, status = "id_reused", 409
    title = Text("编号已被使用", "Id already used")
    sentence = Text(
        "这个编号已用于另一份内容。请用新的编号重新提交。",
        "This id was used for other content. Send again with a new id.",
    )


class TooLarge(Refusal):
    code, status = "too_large", 413
    title = Text("文件过大", "Too large")
    sentence = Text(
        "文件超过 {limit_mb} MB。请降低照片分辨率后重试。",
        "The file is larger than {limit_mb} MB. Lower the picture size and send again.",
    )


class WrongMedia(Refusal):
    code, status = "unsupported_media_type", 415
    title = Text("类型不支持", "Unsupported media type")
    sentence = Text("请按接口说明的格式发送。", "Send the content type that the interface names.")


class MethodNotAllowed(Refusal):
    code, status = "method_not_allowed", 405
    title = Text("方法不支持", "Method not allowed")
    sentence = Text(
        "该地址不支持此方法。请查看接口说明。",
        "This address does not take that method. See the interface description.",
    )


class TooMany(Refusal):
    code, status = "too_many_requests", 429
    title = Text("请求过于频繁", "Too many requests")
    sentence = Text("请在 {retry_after} 秒后重试。", "Try again in {retry_after} seconds.")


class Unavailable(Refusal):
    code, status = "unavailable", 503
    title = Text("暂时不可用", "Unavailable for the moment")
    sentence = Text(
        "系统暂时无法办理。内容未丢失，请稍后自动重试。",
        "The system can't take this right now. Nothing is lost; try again shortly.",
    )


class StorageFull(Refusal):
    code, status = "storage_full", 507
    title = Text("存储空间不足", "Storage is full")
    sentence = Text(
        "照片未保存。请联系技术支持，稍后重新提交。",
        "The picture was not stored. Tell technical support and send it again.",
    )


class InternalError(Refusal):
    code, status = "internal_error", 500
    title = Text("系统错误", "Internal error")
    sentence = Text(
        "系统出错，已记录。请稍后重试；如仍出错请联系技术支持。",
        "Something broke and was recorded. Try again; if it persists tell technical support.",
    )
