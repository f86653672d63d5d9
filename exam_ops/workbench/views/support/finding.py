"""Whoever or whatever a caller names, found by any key, with the facts (E11)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from exam_ops.core.access import Actor
from exam_ops.rules.entry import Entry
from exam_ops.workbench.links import url_or_nothing
from exam_ops.workbench.selectors import desk
from exam_ops.workbench.selectors.desk_rosters import rosters_of
from verification.services.tokens import OUTCOMES

ENTRY_WORDS = {
    Entry.NOT_SIGNED_IN: ("none", _("未签到")),
    Entry.SIGNED_IN: ("in", _("已签到")),
    Entry.PENDING: ("pending", _("待审批")),
    Entry.APPROVED: ("approved", _("已批准")),
    Entry.REJECTED: ("rejected", _("未通过")),
    Entry.ABSENT: ("absent", _("缺考")),
}


def search(actor: Actor, key: str, *, now: Any) -> dict[str, Any]:
    """Context of `workbench/_found.html` for what was typed; too short a key finds nothing and says so."""
    key = key.strip()[:64]
    context: dict[str, Any] = {"q": key, "too_short": 0 < len(key) < desk.SHORTEST}
    if len(key) < desk.SHORTEST:
        return context
    found = desk.find(actor, key, now=now)
    context["found"] = found
    rosters = rosters_of(actor, found.sites, now=now)
    context["sites"] = [{"site": site, "rosters": rosters.get(site.pk)} for site in found.sites]
    context["may_admit"] = actor.may("device.admit")
    context["outcomes"] = OUTCOMES.items()
    context["sittings"] = [
        {
            "line": line,
            "sitting": line.sitting,
            "state": ENTRY_WORDS[Entry(line.sitting.entry_status)],
            "url": url_or_nothing("sitting-detail", line.sitting.pk),
        }
        for line in found.sittings
    ]
    return context
