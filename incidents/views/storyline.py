"""The reports and the timeline of an incident, in words."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exam_ops.core.language import say
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from incidents import words
from incidents.models import Entry, Incident

TONES = {
    "opened": "watch",
    "declared_major": "trouble",
    "escalated": "trouble",
    "unacknowledged": "trouble",
    "raised": "trouble",
    "acknowledged": "info",
    "ticked": "good",
    "resolved": "good",
}


def timeline(incident: Incident, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Every act, newest first, for `ui/_timeline.html`; struck lines stay."""
    return [
        {
            "at": row.plan_at.astimezone(BEIJING).strftime("%H:%M:%S"),
            "text": sentence(incident, row),
            "detail": _detail(row),
            "actor": row.actor.name if row.actor else _("系统"),
            "tone": TONES.get(row.kind, "quiet"),
            "struck": row.struck_at is not None,
        }
        for row in reversed(list(entries))
    ]


PLAIN = {
    "opened": gettext_lazy("上报并建立事件"),
    "reported": gettext_lazy("补充上报"),
    "declared_major": gettext_lazy("已声明为重大事件"),
    "resolved": gettext_lazy("办结"),
    "figures": gettext_lazy("系统核计受阻人数"),
}


def sentence(incident: Incident, row: Entry) -> str:
    """What happened, in one line."""
    data = row.data
    match row.kind:
        case "told":
            return _told(str(data.get("level")), int(data.get("people") or 0))
        case "acknowledged":
            return _("%(level)s确认处理") % {"level": _level(data.get("level"))}
        case "unacknowledged":
            return _("%(level)s逾时未确认，自动上报上一级") % {"level": _level(data.get("level"))}
        case "escalated":
            return _("上报%(level)s") % {"level": _level(data.get("to"))}
        case "raised":
            before, after = words.GRADES.get(data.get("of"), ""), words.GRADES.get(data.get("to"), "")
            return _("由%(before)s升为%(after)s") % {"before": before, "after": after}
        case "ticked":
            return _("完成步骤：%(step)s") % {"step": _step(incident, str(data.get("step")))}
    return str(PLAIN.get(row.kind, row.kind))


def _told(level: str, people: int) -> str:
    if not people:
        return _("%(level)s无人值守，未能通知") % {"level": _level(level)}
    said = ngettext("通知%(level)s %(people)d 人", "通知%(level)s %(people)d 人", people)
    return said % {"level": _level(level), "people": people}


def _detail(row: Entry) -> str:
    if row.kind == "resolved":
        lines = [
            _("原因：%(cause)s") % {"cause": row.data.get("cause", "")},
            _("影响：%(effect)s") % {"effect": row.data.get("effect", "")},
        ]
        return "\n".join([*lines, row.note] if row.note else lines)
    if said := row.data.get("said"):  # what the portal itself wrote stands in both languages
        return say(Text(**said))
    return row.note


def _level(level: Any) -> str:
    return str(words.LEVELS.get(str(level), ""))


def _step(incident: Incident, key: str) -> str:
    try:
        return say(incident.kind.step(key).text)
    except KeyError:
        return key


def reports(incident: Incident, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The reports that made the incident, in the order they came."""
    arrived = {row.data.get("report"): row.plan_at for row in entries if row.data.get("report")}
    rows = incident.reports.select_related("reporter", "room_session__room").order_by("received_at")
    return [
        {
            "by": row.reporter.name if row.reporter else _("系统"),
            "room": row.room_session.room if row.room_session else None,
            "at": arrived.get(str(row.pk)),
            "note": row.note,
        }
        for row in rows
    ]
