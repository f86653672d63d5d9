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
    "not_accepted": "trouble",
    "undelivered": "trouble",
    "update_owed": "watch",
    "reopened": "watch",
    "lowered": "info",
    "handed": "info",
    "update": "info",
    "acknowledged": "info",
    "taken": "info",
    "passed_on": "watch",
    "ticked": "good",
    "resolved": "good",
    "room_decided": "good",
}


def timeline(incident: Incident, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Every act, newest first, for `ui/_timeline.html`; struck lines stay, with who struck them and why."""
    entries = list(entries)
    strikes = {row.data.get("entry"): row for row in entries if row.kind == "struck"}
    return [_drawn(incident, row, strikes.get(row.pk)) for row in reversed(entries)]


def _drawn(incident: Incident, row: Entry, strike: Entry | None) -> dict[str, Any]:
    by = {
        "name": strike.actor.name if strike and strike.actor else "",
        "reason": strike.note if strike else "",
    }
    return {
        "at": _clock(row),
        "text": sentence(incident, row),
        "detail": _detail(row),
        "actor": row.actor.name if row.actor else _("系统"),
        "tone": TONES.get(row.kind, "quiet"),
        "struck": row.struck_at is not None,
        "struck_by": _("%(name)s：%(reason)s") % by if strike else "",
    }


def strikable(incident: Incident) -> list[tuple[int, str]]:
    """The lines that somebody wrote and nobody struck, newest first, for a choice."""
    rows = incident.entries.filter(actor__isnull=False, struck_at=None).exclude(kind="struck")
    return [
        (row.pk, f"{_clock(row)} {sentence(incident, row)} · {row.actor.name if row.actor else ''}")
        for row in rows.select_related("actor").order_by("-pk")
    ]


def _clock(row: Entry) -> str:
    return row.plan_at.astimezone(BEIJING).strftime("%H:%M:%S")


PLAIN = {
    "opened": gettext_lazy("上报并建立事件"),
    "reported": gettext_lazy("补充上报"),
    "named": gettext_lazy("补充涉及考生"),
    "lag_facts": gettext_lazy("当时的未签到情况"),
    "declared_major": gettext_lazy("已声明为重大事件"),
    "resolved": gettext_lazy("办结"),
    "figures": gettext_lazy("系统核计受阻人数"),
    "update": gettext_lazy("续报"),
    "taken": gettext_lazy("技术支持接手"),
    "given_back": gettext_lazy("技术支持交回队列"),
    "passed_on": gettext_lazy("已转交总部技术支持"),
    "reopened": gettext_lazy("重新打开，阶梯重新开始"),
    "struck": gettext_lazy("划去一条记录"),
    "room_decided": gettext_lazy("主考对全考场作出决定"),
    "phone_facts": gettext_lazy("当时的账号、手机与版本情况"),
    "update_owed": gettext_lazy("已到续报时间，提醒续报"),
    "decision_proposed": gettext_lazy("总部指令待确认"),
    "decision_effective": gettext_lazy("总部指令生效"),
    "decision_refused": gettext_lazy("总部指令被驳回"),
    "decision_withdrawn": gettext_lazy("总部指令撤回"),
    "decision_expired": gettext_lazy("总部指令超时失效"),
}


def sentence(incident: Incident, row: Entry) -> str:
    """What happened, in one line."""
    data = row.data
    if row.kind in AT_A_LEVEL:
        return str(AT_A_LEVEL[row.kind]) % {"level": _level(data.get("level") or data.get("to"))}
    match row.kind:
        case "told":
            return _told(str(data.get("level")), int(data.get("people") or 0), asks=data.get("asks", True))
        case "unacknowledged":
            return _unacknowledged(data)
        case "not_accepted":
            return _("%(name)s 逾时未接手") % {"name": data.get("to", "")}
        case "handed":
            return _("移交 %(name)s") % {"name": data.get("to", "")}
        case "raised":
            return _("由%(before)s升为%(after)s") % _grades(data)
        case "lowered":
            return _("由%(before)s降为%(after)s") % _grades(data)
        case "ticked":
            return _("完成步骤：%(step)s") % {"step": _step(incident, str(data.get("step")))}
    return str(PLAIN.get(row.kind, row.kind))


AT_A_LEVEL = {
    "digest": gettext_lazy("列入%(level)s汇总"),
    "acknowledged": gettext_lazy("%(level)s确认处理"),
    "undelivered": gettext_lazy("发往%(level)s的消息均未送达"),
    "escalated": gettext_lazy("上报%(level)s"),
}


def _grades(data: dict[str, Any]) -> dict[str, Any]:
    return {"before": words.GRADES[data["of"]], "after": words.GRADES[data["to"]]}


def _unacknowledged(data: dict[str, Any]) -> str:
    level = {"level": _level(data.get("level"))}
    if data.get("then", True):
        return _("%(level)s逾时未确认，自动上报上一级") % level
    return _("%(level)s逾时未确认，再次提醒") % level


def _told(level: str, people: int, *, asks: bool) -> str:
    if not people:
        return _("%(level)s无人值守，未能通知") % {"level": _level(level)}
    named = {"level": _level(level), "people": people}
    if asks:
        return ngettext("通知%(level)s %(people)d 人", "通知%(level)s %(people)d 人", people) % named
    return ngettext("知会%(level)s %(people)d 人", "知会%(level)s %(people)d 人", people) % named


def _detail(row: Entry) -> str:
    if row.kind == "resolved":
        lines = [
            _("原因：%(cause)s") % {"cause": row.data.get("cause", "")},
            _("影响：%(effect)s") % {"effect": row.data.get("effect", "")},
        ]
        return "\n".join([*lines, row.note] if row.note else lines)
    if row.kind == "update" and "lost_minutes" in row.data:
        lost = _("已损失考试时间 %(n)s 分钟") % {"n": row.data["lost_minutes"]}
        return "\n".join([row.note, lost])
    if nobody := row.data.get("nobody"):
        return say(Text(**nobody))
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
