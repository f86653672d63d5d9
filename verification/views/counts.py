"""签到统计: the figures of the boards as counts, each of them a filter, and as a bar with what is usual by now."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from exam_ops.rules.entry import Entry
from exam_ops.rules.expected import expected_count
from verification.selectors.board_rooms import SiteBoard
from verification.selectors.entry import Stats
from verification.selectors.figures import Figures
from verification.selectors.small_figures import BY_KEY, SMALL
from verification.views import words
from verification.views.parts import Filter

CHECKED = _("监考已核验")


def site_counts(
    board: SiteBoard, chosen: Filter, path: str, *, one_room: bool = False
) -> list[dict[str, Any]]:
    """The figures of a site's board, or of one room's, where rooms are not chosen among."""
    found = [_count("", gettext("应到"), board.count(), chosen, path)]
    notes = _notes(board)
    for key, (tone, label) in words.STATES.items():
        value = board.missing if key == "gap" else board.count(key)
        found.append(_count(key, label, value, chosen, path, tone=tone, note=notes.get(key, "")))
    for key, small in BY_KEY.items():
        value = board.count(key)
        if value or small.always or chosen.show == key:
            found.append(_count(key, small.label, value, chosen, path, tone=small.tone))
    staff = board.staff
    all_checked = bool(staff.rostered) and staff.checked == staff.rostered
    share, tone = f"{staff.checked}/{staff.rostered}", "in" if all_checked else ""
    found.append(_count("staff", CHECKED, share, chosen, path, tone=tone))
    if one_room:
        for count in found:
            count["url"] = "" if count["key"] == "staff" else count["url"]
    return found


def figure_counts(figures: Figures, chosen: Filter, path: str) -> list[dict[str, Any]]:
    """The figures of many sites; each narrows the list to those it is not 0 in."""
    stats = figures.stats
    found = [_count("", gettext("应到"), stats.registered, chosen, path)]
    for key, (tone, label) in words.STATES.items():
        if hasattr(stats, key):
            note = ""
            if key == Entry.SIGNED_IN and figures.usual is not None:
                note = gettext("此刻通常 %(n)d") % {"n": figures.usual}
            found.append(_count(key, label, getattr(stats, key), chosen, path, tone=tone, note=note))
    for small in SMALL:
        value = figures.small.get(small.key, 0)
        if value or small.always or chosen.show == small.key:
            found.append(_count(small.key, small.label, value, chosen, path, tone=small.tone))
    all_checked = bool(figures.rostered) and figures.checked == figures.rostered
    share = f"{figures.checked}/{figures.rostered}"
    found.append(_count("staff", CHECKED, share, chosen, path, tone="in" if all_checked else ""))
    if figures.troubled or chosen.show == "trouble":
        label = gettext("有问题的考场")
        found.append(_count("trouble", label, figures.troubled, chosen, path, tone="trouble"))
    return found


def value_of(figures: Figures, key: str) -> int:
    """How many of `key` there are, for a list that is narrowed to it."""
    match key:
        case "":
            return figures.stats.registered
        case "staff":
            return figures.rostered - figures.checked
        case "trouble":
            return figures.troubled
    if any(small.key == key for small in SMALL):
        return figures.small.get(key, 0)
    return int(getattr(figures.stats, key, 0))


COLUMNS = (
    "",
    *(key for key in words.STATES if hasattr(Stats(), key)),
    *(s.key for s in SMALL if s.always),
    "staff",
)
"""The figures that have a column in lists of branches and sites; the other small ones stand under the name."""


def headings() -> list[str]:
    """The names of the columns."""
    return [str(_label(key)) for key in COLUMNS]


def cells(figures: Figures) -> list[dict[str, Any]]:
    """One line's figures by column; what asks for somebody is in its colour."""
    found = []
    for key in COLUMNS:
        value: Any = value_of(figures, key)
        tone = words.STATES[key][0] if value and key in _MARKED else ""
        if key == "staff":
            value = f"{figures.checked}/{figures.rostered}"
        found.append({"label": _label(key), "value": value, "tone": tone})
    return found


def small_notes(figures: Figures) -> list[str]:
    """The small figures without a column, where there are any."""
    return [
        gettext("%(label)s %(n)d") % {"label": small.label, "n": figures.small[small.key]}
        for small in SMALL
        if not small.always and figures.small.get(small.key)
    ]


_MARKED = frozenset({"pending", "rejected", "emergency", "gap"})


def _label(key: str) -> Any:
    if key in words.STATES:
        return words.STATES[key][1]
    return CHECKED if key == "staff" else _("应到")


def _count(
    key: str, label: Any, value: Any, chosen: Filter, path: str, *, tone: str = "", note: str = ""
) -> dict[str, Any]:
    active = chosen.show == key and bool(key)
    return {
        "key": key or "all",
        "label": label,
        "value": value,
        "note": note,
        "active": active,
        "tone": tone if value else "",
        "url": chosen.address(path, show="" if active else key),
    }


def _notes(board: SiteBoard) -> dict[str, str]:
    """What to expect now, who waits longest, how many phones hold something back."""
    notes: dict[str, str] = {}
    if (usual := usual_of(board)) is not None:
        notes[Entry.SIGNED_IN] = gettext("此刻通常 %(n)d") % {"n": usual}
    if board.requests:
        oldest = board.now - board.requests[0].requested_at
        notes[Entry.PENDING] = gettext("最久 %(age)s") % {"age": words.age_words(oldest)}
    if phones := sum(room.not_arrived.phones for room in board.rooms):
        notes["gap"] = ngettext("%(n)d 台手机", "%(n)d 台手机", phones) % {"n": phones}
    return notes


def usual_of(board: SiteBoard) -> int | None:
    """How many have usually signed in by now; None while entry is not open."""
    site_unit = board.site_unit
    if not site_unit.entry_opens_at <= board.now < site_unit.entry_closes_at:
        return None
    return expected_count(board.count(), board.now - site_unit.starts_at)


def stats_of(board: SiteBoard) -> Stats:
    """The board's figures, for its bar."""
    return Stats(
        board.count(), *(board.count(key) for key in Stats.__dataclass_fields__ if key != "registered")
    )


def bar(stats: Stats, usual: int | None = None) -> dict[str, Any]:
    """A stacked bar of everybody registered: parts with state, label, value and place in percent; a mark at `usual`."""
    values: Iterable[tuple[Entry, int]] = (
        (Entry.SIGNED_IN, stats.signed_in),
        (Entry.APPROVED, stats.approved),
        (Entry.PENDING, stats.pending),
        (Entry.REJECTED, stats.rejected),
        (Entry.ABSENT, stats.absent),
        (Entry.NOT_SIGNED_IN, stats.not_signed_in),
    )
    parts, at = [], 0.0
    for key, value in values:
        if value > 0 and stats.registered:
            width = 100 * value / stats.registered
            colour, label = words.STATES[key]
            parts.append({"state": colour, "label": label, "value": value, "at": at, "width": width})
            at += width
    mark = None
    if usual is not None and stats.registered:
        mark = {"at": min(100.0, 100 * usual / stats.registered), "value": usual}
    return {"parts": parts, "usual": mark}
