"""The seats of a room as one strip: a board draws a thousand of them, too many for a template's loop."""

from collections.abc import Iterable, Mapping
from html import escape  # Django's own, without its look for lazy texts: three for each of a thousand seats
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from exam_ops.core.language import say

register = template.Library()


@register.simple_tag
def seat_strip(seats: Iterable[Mapping[str, Any]], aria: Any = "", large: bool = False) -> SafeString:
    """The list that `ui/_seats.html` describes."""
    seats = list(seats)
    is_picture = not (seats and seats[0].get("url"))
    drawn = [_seat(seat, large) for seat in seats]
    role = ' role="img"' if is_picture else ""
    size = " large" if large else ""
    return mark_safe(
        f'<ul class="seats{size}" data-seats aria-label="{escape(say(aria))}"{role}>{"".join(drawn)}</ul>'
    )


def _seat(seat: Mapping[str, Any], large: bool) -> str:
    label, state, url = escape(say(seat["label"])), escape(seat.get("state") or "none"), seat.get("url")
    if url:
        inside, more = f'<a href="{escape(url)}" aria-label="{label}" data-label="{label}"></a>', ""
    else:
        inside, more = "", f' title="{label}" role="presentation"'
    if large and seat.get("number"):
        inside += f'<span class="seat-no" aria-hidden="true">{escape(seat["number"])}</span>'
    return f'<li class="seat st-{state}"{more}>{inside}</li>'
