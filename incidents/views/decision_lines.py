"""Decisions as pages show them: a line of the list, a site unit before and after, the timeline."""

from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from exam_ops.core.models import Event
from exam_ops.rules.decisions import REASONS, Why
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from incidents.models import Decision, DecisionTarget
from incidents.services import decision_words as words
from incidents.services.decision_preview import Line

TONES = {
    Decision.Status.PROPOSED: "watch",
    Decision.Status.EFFECTIVE: "good",
    Decision.Status.REFUSED: "trouble",
    Decision.Status.EXPIRED: "quiet",
    Decision.Status.WITHDRAWN: "quiet",
}
# The sentences of reasons name times; a list only says which reason.
SKIPPED: dict[Why, Text] = {
    Why.START_IN_THE_PAST: Text("新的开考时间已过", "the new start has passed"),
    Why.PAPERS_COLLECTED: Text("单元已结束", "already over"),
    Why.ENTRY_CLOSED: Text("已停止入场", "entry is over"),
    Why.STOPPED: Text("已停考", "already stopped"),
    Why.NOTHING_CHANGES: Text("没有变化", "nothing changes"),
    Why.NOT_LATER: Text("截止时间不够晚", "the close is not later"),
    Why.TOO_LONG: Text("重开时间过长", "reopened for too long"),
}
assert set(SKIPPED) == set(REASONS)


def line(decision: Decision) -> dict[str, Any]:
    """One decision in a line; its times are on the plan's clock."""
    plan, outcome = decision.plan, decision.outcome
    return {
        "pk": decision.pk,
        "number": decision.number,
        "kind": decision.kind,
        "said": words.said(words.wish_of(decision)),
        "status": words.STATUSES[decision.status],
        "tone": TONES[Decision.Status(decision.status)],
        "waits": decision.status == Decision.Status.PROPOSED,
        "until": plan.laid_time(decision.next_due_at) if decision.next_due_at else None,
        "plan": plan,
        "proposed_by": decision.proposed_by.name,
        "proposed_at": plan.plan_time(decision.proposed_at),
        "settled_by": decision.settled_by.name if decision.settled_by else None,
        "settled_at": plan.plan_time(decision.settled_at) if decision.settled_at else None,
        "settled_note": decision.settled_note,
        "reason": decision.reason,
        "departments": decision.departments,
        "incident": decision.incident,
        "moved": outcome.get("moved", 0),
        "skipped": [(SKIPPED[Why(why)], n) for why, n in outcome.get("skipped", {}).items()],
        "reopened": [(Text(**row["label"]), row["count"]) for row in outcome.get("reopened", [])],
        "warnings": [(Text(**row["label"]), row["count"]) for row in outcome.get("warnings", [])],
    }


def preview_line(line: Line) -> dict[str, Any]:
    """One site unit of a preview."""
    return {
        "site": line.site_unit.site,
        "unit": line.site_unit.unit,
        "before": _span(line.before.start, line.before.end),
        "after": _span(line.after.start, line.after.end),
        "moves": (line.before.start, line.before.end) != (line.after.start, line.after.end),
        "evidence": _hour(line.after.evidence_until),
        "evidence_moves": line.before.evidence_until != line.after.evidence_until,
        "why": line.said,
        "warnings": line.warnings,
        "opened": line.opened,
    }


def target_line(target: DecisionTarget) -> dict[str, Any]:
    """One site unit of a stored decision, before and after."""
    before, after = _times(target.before), _times(target.after)
    why = target.after.get("why")
    return {
        "site": target.site_unit.site,
        "unit": target.site_unit.unit,
        "before": _span(before["start"], before["end"]),
        "after": _span(after["start"], after["end"]) if not why else "",
        "moves": not why and (before["start"], before["end"]) != (after["start"], after["end"]),
        "evidence": _hour(after["evidence_end"]) if after["evidence_end"] else "",
        "evidence_moves": bool(after["evidence_end"]) and after["evidence_end"] != before["evidence_end"],
        "why": SKIPPED[Why(why)] if why else None,
    }


def story(decision: Decision) -> list[dict[str, Any]]:
    """What became of it, newest first, for `ui/_timeline.html`."""
    said = {
        "decision.proposed": (_("提出，等待第二人确认"), "watch"),
        "decision.effective": (_("生效并下发"), "good"),
        "decision.refused": (_("驳回"), "trouble"),
        "decision.withdrawn": (_("撤回"), "quiet"),
        "decision.expired": (_("逾时无人确认，失效"), "quiet"),
        "decision.reminded": (_("再次提醒未读的人"), "info"),
    }
    rows = Event.objects.filter(
        plan=decision.plan, site_unit=None, subject=decision.number, kind__in=list(said)
    )
    return [
        {
            "at": row.plan_at.astimezone(BEIJING).strftime("%H:%M:%S") if row.plan_at else "",
            "text": said[row.kind][0],
            "detail": _detail(row, decision),
            "actor": row.actor.name if row.actor else _("系统"),
            "tone": said[row.kind][1],
        }
        for row in rows.select_related("actor").order_by("-pk")
    ]


def _detail(row: Event, decision: Decision) -> str:
    if row.kind == "decision.reminded":
        return _("%(n)d 人") % {"n": row.data.get("people", 0)}
    return "" if row.kind == "decision.proposed" else decision.settled_note


def _times(stored: dict[str, Any]) -> dict[str, Any]:
    return {
        name: parse_datetime(stored[name]) if stored.get(name) else None
        for name in ("start", "end", "evidence_end")
    }


def _span(start: Any, end: Any) -> str:
    if not start or not end:
        return ""
    return f"{start.astimezone(BEIJING):%m-%d %H:%M}–{_hour(end)}"


def _hour(at: Any) -> str:
    return f"{at.astimezone(BEIJING):%H:%M}"
