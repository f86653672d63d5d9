"""Chips: words with a colour. A board draws hundreds of them, too many for a template of their own each."""

from typing import Any

from django import template
from django.utils.html import conditional_escape as escape
from django.utils.safestring import SafeString, mark_safe

from exam_ops.core.templatetags.portal import say

register = template.Library()


@register.simple_tag
def chip(
    label: Any,
    state: Any = "",
    grade: Any = "",
    due: Any = "",
    tone: Any = "",
    count: Any = "",
    url: Any = "",
) -> SafeString:
    """The chip that `ui/_chip.html` describes."""
    if state:
        look = f" st-{escape(state)}"
    elif grade:
        look = f" grade grade-{escape(grade)}"
    elif due:
        look = f" due-{escape(due)}"
    else:
        look = f" tone-{escape(tone)} plain" if tone else " plain"
    number = "" if count is None or count == "" else f' <span class="num">{escape(count)}</span>'
    tag, link = ("a", f' href="{escape(url)}"') if url else ("span", "")
    return mark_safe(f'<{tag}{link} class="chip{look}">{escape(say(label))}{number}</{tag}>')
