"""The places and people of a roster's grid as strings: a site has six hundred, too many for a template's loop."""

from collections.abc import Iterable, Mapping
from html import escape  # Django's own looks for lazy texts each time; there are none here but the marks
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from proctors.selectors.grid_cells import Cell, Person, Place
from proctors.views.grid_drawing import Drawn, Slot

register = template.Library()
OUT_OF_BAND = ' hx-swap-oob="true"'


@register.simple_tag
def grid_row(cells: Iterable[Mapping[str, Any]], form_url: str) -> SafeString:
    """The columns of a line of `grid_drawing.lines`; empty where the room is not used in that unit."""
    return mark_safe("".join(_column(each, form_url) for each in cells))


@register.simple_tag
def grid_cell(drawn: Drawn, form_url: str, oob: bool = False) -> SafeString:
    """A cell: two places. `form_url`: of a change by form; `oob`: it is swapped in by its id."""
    return mark_safe(_cell(drawn, form_url, OUT_OF_BAND if oob else ""))


@register.simple_tag
def grid_people(people: Iterable[Person], full_load: int, oob: bool = False) -> SafeString:
    """Proctors beside the grid, dragged onto a place; the bar is the load of `full_load` units."""
    band = OUT_OF_BAND if oob else ""
    return mark_safe("".join(_person(each, full_load, band) for each in people))


def _column(each: Mapping[str, Any], form_url: str) -> str:
    look = ("is-chosen" if each["chosen"] else "") + ("" if each["column"].may else " is-locked")
    inside = _cell(each["drawn"], form_url, "") if each["drawn"] else ""
    return f'<td class="{look}">{inside}</td>'


def _cell(drawn: Drawn, form_url: str, band: str) -> str:
    is_short, places = drawn.cell.is_short, "".join(_slot(slot, drawn, form_url) for slot in drawn.slots)
    look = " is-short" if is_short else ""
    return (
        f'<div class="rg-cell{look}" id="c{drawn.key}"{band} data-room="{drawn.key}">'
        f"{places}{_short(drawn.cell) if is_short else ''}</div>"
    )


def _short(cell: Cell) -> str:
    said = gettext("%(n)s / %(m)s，未配足") % {"n": cell.certified, "m": cell.needed}
    return f'<span class="visually-hidden">{said}</span>'


def _slot(slot: Slot, drawn: Drawn, form_url: str) -> str:
    """A place: a link to the form where it may be touched, which the page's script takes over."""
    place, who, mark = slot.place, slot.who, escape(str(slot.mark))
    tag, link, label = "span", "", ""
    if drawn.may:
        outgoing = f"&amp;outgoing={who}" if who else ""
        tag, link = "a", f' href="{form_url}?room={drawn.key}{outgoing}"'
        label = f' aria-labelledby="u{drawn.unit} r{drawn.room} p-{place.position} {slot.key}"'
    tone, empty = (f" tone-{slot.tone}" if slot.tone else ""), ("" if who else " is-empty")
    return (
        f'<{tag}{link} class="rg-slot{tone}{empty}" id="{slot.key}" tabindex="-1" data-place="{place.position}"'
        f' data-who="{who}"{label}><span class="rg-name">{escape(place.name) or mark}</span>'
        f"{_marks(place, mark if who else '')}</{tag}>"
    )


def _marks(place: Place, mark: str) -> str:
    """What there is to say of somebody's place, and of a change that waits."""
    said = f' <small class="rg-mark">{mark}</small>' if mark else ""
    if place.checked:
        said += f' <small class="rg-mark">{gettext("当日已核验")}</small>'
    if waiting := place.waiting:
        name = escape(waiting.who)
        words = gettext("待批：%(name)s") % {"name": name} if name else gettext("待批：撤下")
        said += f' <small class="rg-mark tone-info">{words}</small>'
    return said


def _person(person: Person, full_load: int, band: str) -> str:
    name, load = escape(person.name), ngettext("%(n)s 场", "%(n)s 场", person.load) % {"n": person.load}
    drag, mark = ' draggable="true"', ""
    if not person.is_certified:
        said = gettext("认证未通过") if person.status == "refused" else gettext("未认证")
        drag, mark = "", f' <small class="rg-mark tone-watch">{said}</small>'
    return (
        f'<div class="rg-person" id="w{person.pk}"{band} data-person="{person.pk}" data-name="{name}"{drag}>'
        f'<span class="rg-name">{name}</span>{mark}<meter min="0" max="{full_load}" value="{person.load}"'
        f' aria-hidden="true"></meter><span class="num rg-load">{load}</span></div>'
    )
