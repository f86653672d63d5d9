"""One picture as its reviewers see it: marks, seats, other versions, what was said of it so far."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exam_ops.core.access import Actor
from exam_ops.core.models import Event, RoomSession
from exam_ops.rules.evidence_review import Level, Verdict, may_ask_again
from incidents import duty_selectors, review_selectors, selectors
from incidents.models import Evidence
from incidents.review_selectors import TODO, WITHDRAWN, Item, Looker
from incidents.services import checks, evidence_reviews

STATES: dict[str, tuple[str, Any]] = {
    TODO: ("info", _("待审核")),
    Verdict.ACCEPTED: ("good", _("认可")),
    Verdict.ASKED_AGAIN: ("watch", _("要求补拍")),
    Verdict.DOUBTFUL: ("trouble", _("存疑")),
    WITHDRAWN: ("quiet", _("已撤回")),
    Verdict.TAKEN_BACK: ("quiet", _("撤回结论")),
}
"""State of a picture, or a verdict → the tone of its chip, its word."""
LEVELS: dict[str, Any] = {Level.SITE: _("主考"), Level.BRANCH: _("分部")}


def state_words(state: str) -> Any:
    return STATES[state][1]


def card(row: Evidence, item: Item, who: Looker, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Everything of one picture (with `evidence_reviews.RELATED`) that the page draws."""
    session = row.room_session
    site_unit = session.site_unit
    marks = list(row.marks.select_related("sitting__candidate").order_by("sitting__seat_no", "pk"))
    numbers = {mark.sitting_id: number for number, mark in enumerate(marks, start=1)}
    seats, clock = _seats(session, numbers), _Clock(session)
    owing = {seat["sitting"].pk for seat in seats if seat["sitting"]}
    return {
        "row": row,
        "session": session,
        "site_unit": site_unit,
        "photo_url": reverse("evidence-photo", args=[row.pk]),
        "room_url": reverse("evidence-room", args=[session.pk]),
        "marks": [{"number": numbers[mark.sitting_id], "mark": mark} for mark in marks],
        "hints": checks.of([row.pk])[row.pk],
        "seats": seats,
        "others": [(numbers[m.sitting_id], m.sitting) for m in marks if m.sitting_id not in owing],
        "versions": _versions(session, row),
        "received_at": clock.of(str(row.pk), "evidence.received"),
        "withdrawn_at": clock.of(str(row.pk), "evidence.withdrawn"),
        "closes_at": selectors.closes_at(site_unit),
        "may_ask_again": may_ask_again(now=now, closes=site_unit.evidence_closes_at),
        "history": _history(row, clock),
        "tone": STATES[item.state][0],
        "state": STATES[item.state][1],
    } | _form(row, actor, now)


def _form(row: Evidence, actor: Actor, now: datetime) -> dict[str, Any]:
    """Whether this person may judge it now, and the verdict of theirs that they would change."""
    level = evidence_reviews.level_of(actor, row.room_session)
    if level is None:
        return {"may": False, "why_not": None, "mine": None}
    refusal = evidence_reviews.refused(actor, row, level, now=now)
    mine = evidence_reviews.in_force(row, level)
    by_site = evidence_reviews.in_force(row, Level.SITE) if level is Level.BRANCH else None
    return {
        "may": refusal is None,
        "why_not": refusal.detail if refusal else None,
        "mine": mine,
        "overrules": by_site is not None and by_site.verdict != Verdict.ACCEPTED,
    }


def _seats(session: RoomSession, numbers: dict[int, int]) -> list[dict[str, Any]]:
    """Who owes or owed evidence here, and who of them this picture names."""
    return [
        duty | {"number": numbers.get(duty["sitting"].pk) if duty["sitting"] else None}
        for duty in duty_selectors.of_room(session)
    ]


def _versions(session: RoomSession, row: Evidence) -> list[dict[str, Any]]:
    """The room's pictures, this one among them, oldest first."""
    found = review_selectors.with_reviews(session.evidence.all()).order_by("version")
    versions = []
    for one in found:
        state = WITHDRAWN if one.withdrawn_at else one.by_branch or one.by_site or TODO
        tone, label = STATES[state]
        url = reverse("evidence-photo", args=[one.pk])
        versions.append({"row": one, "is_this": one.pk == row.pk, "url": url, "tone": tone, "label": label})
    return versions


def _history(row: Evidence, clock: "_Clock") -> list[dict[str, Any]]:
    """What was said of the picture, every verdict that was changed or taken back among them."""
    return [
        {
            "review": review,
            "level": LEVELS[review.level],
            "at": clock.of(review.pk, "evidence.reviewed"),
            "tone": STATES[review.verdict][0],
            "label": STATES[review.verdict][1],
            "is_over": not review.is_current,
        }
        for review in row.reviews.select_related("by").order_by("pk")
    ]


class _Clock:
    """When things happened in a room, on the plan's clock as it stood then: a drill's jumps move no past."""

    def __init__(self, session: RoomSession) -> None:
        kinds = ("evidence.received", "evidence.withdrawn", "evidence.reviewed")
        rows = Event.objects.filter(site_unit=session.site_unit_id, room_session=session, kind__in=kinds)
        self._at = {
            (data.get("review", subject), kind): at
            for subject, kind, data, at in rows.values_list("subject", "kind", "data", "plan_at")
        }

    def of(self, key: str | int, kind: str) -> datetime | None:
        return self._at.get((key, kind))
