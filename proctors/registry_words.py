"""Words and tones of the registry on pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from exam_ops.core.language import say
from exam_ops.core.models import ProctorProfile
from exam_ops.rules.certification import (
    DOCUMENT_WORDS,
    FACT_WORDS,
    FINDING_WORDS,
    NEED_WORDS,
    PART_WORDS,
    PURPOSE_WORDS,
    STATE_WORDS,
    Fact,
    Finding,
    Need,
    Part,
    Purpose,
    State,
)
from exam_ops.rules.id_numbers import mask
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.photo_hints import WORDS, Hint
from proctors.models import CertificateCheck
from proctors.selectors.registry import Group

GROUPS: dict[Group, tuple[Any, str]] = {
    Group.TO_COMPARE: (_("待核对"), "watch"),
    Group.UNPROVEN: (_("须复核"), "trouble"),
    Group.INCOMPLETE: (_("资料不全"), "watch"),
    Group.REFUSED: (_("未通过"), "trouble"),
    Group.RECORDED: (_("只登记"), "quiet"),
    Group.CERTIFIED: (_("已认证"), "good"),
}
KINDS: dict[str, Any] = {
    CertificateCheck.Kind.ENTERED: _("登记资料"),
    CertificateCheck.Kind.CHANGED: _("变更资料"),
    CertificateCheck.Kind.PERSON: _("人工核对"),
    CertificateCheck.Kind.SERVICE: _("实名认证服务核对"),
    CertificateCheck.Kind.REOPENED: _("要求重新核对"),
    CertificateCheck.Kind.ENDED: _("认证到期"),
}
TONES = {
    State.PENDING: "watch",
    State.RECHECK: "watch",
    State.CERTIFIED: "good",
    State.REFUSED: "trouble",
    State.RECORDED: "quiet",
}


def chip(profile: ProctorProfile) -> dict[str, Any]:
    """How a proctor stands, in words and tone."""
    label: Any
    if profile.is_unproven:
        label, tone = _("由导入认证，须复核"), GROUPS[Group.UNPROVEN][1]
    elif profile.needs and profile.status in (State.PENDING, State.RECHECK):
        label, tone = GROUPS[Group.INCOMPLETE]
    else:
        state = State(profile.status)
        label, tone = say(STATE_WORDS[state]), TONES[state]
    return {"label": label, "tone": tone}


def shown(profile: ProctorProfile) -> dict[str, Any]:
    """A proctor as a row or a head of a page shows them."""
    return {
        "profile": profile,
        "document": say(DOCUMENT_WORDS[profile.kind]) if profile.id_no else "",
        "number": mask(profile.id_no),
        "phone": phone(profile.phone),
        "chip": chip(profile),
        "needs": [say(NEED_WORDS[Need(need)]) for need in profile.needs],
        "is_rostered": getattr(profile, "is_rostered", False),
    }


def reveals(profile: ProctorProfile) -> list[dict[str, Any]]:
    """Who has looked at the whole number, and for what; the latest first."""
    rows = profile.reveals.select_related("by")[:50]
    return [
        {
            "at": row.at,
            "by": row.by.name,
            "purpose": say(PURPOSE_WORDS[Purpose(row.purpose)]),
            "words": row.words,
        }
        for row in rows
    ]


def phone(number: str) -> str:
    """The last four digits."""
    return f"{'*' * max(len(number) - 4, 0)}{number[-4:]}" if number else ""


def hints(profile: ProctorProfile, fact: Fact) -> list[str]:
    """What a machine said of a picture; a person decides."""
    return [say(WORDS[Hint(hint)]) for hint in profile.hints.get(fact.value, [])]


def entry(check: CertificateCheck) -> dict[str, Any]:
    """One entry of the history as the timeline shows it."""
    facts = "、".join(say(FACT_WORDS[Fact(fact)]) for fact in check.facts)
    said = [
        f"{say(PART_WORDS[part])} {say(FINDING_WORDS[Finding(found)])}"
        for part, found in ((Part.NUMBER, check.number), (Part.NAME, check.name), (Part.PHOTO, check.face))
        if found
    ]
    state = say(STATE_WORDS[State(check.outcome)])
    return {
        "at": f"{check.at.astimezone(BEIJING):%y-%m-%d}",
        "plan_at": f"{check.at.astimezone(BEIJING):%H:%M}",
        "actor": check.by.name if check.by else str(_("系统")),
        "text": f"{KINDS[check.kind]}：{facts or state}",
        "detail": " · ".join(filter(None, [*said, state if facts else "", check.reason])),
        "tone": TONES[State(check.outcome)],
    }
