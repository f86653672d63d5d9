"""Template filters of the portal."""

from datetime import datetime, timedelta

from django import template

from exam_ops.core.language import say as say_in_language
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text

register = template.Library()


@register.filter
def say(text: Text | str) -> str:
    """A two-language text in the reader's language."""
    return say_in_language(text) if text else ""


@register.filter
def beijing(at: datetime | None, form: str = "%m-%d %H:%M") -> str:
    """An instant in Beijing time."""
    return at.astimezone(BEIJING).strftime(form) if at else ""


@register.filter
def on_clock_of(at: datetime | None, plan) -> datetime | None:
    """A real instant on the plan's clock."""
    return plan.plan_time(at) if at and plan else at


@register.filter
def span(value: timedelta | None) -> str:
    """A span as mm:ss, or h:mm:ss from an hour on."""
    if value is None:
        return ""
    seconds = max(int(value.total_seconds()), 0)
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60:02d}:{rest % 60:02d}"
