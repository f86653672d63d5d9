"""The queue of entry requests: cards with both photos, whose they are to decide, and why not (C3, C4)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from exam_ops.core.access import Actor
from exam_ops.core.errors import NotAllowed, Refusal
from exam_ops.core.models import ExamPlan
from verification.models import EntryRequest
from verification.selectors.board_rooms import SiteBoard
from verification.services.decisions import can_decide
from verification.views import words
from verification.views.parts import Filter

SHOWN_AT_FIRST = 12  # request cards of a queue


@dataclass(slots=True)
class Queue:
    """The requests that a page lists: cards, how many more there are, and whether the actor may decide."""

    cards: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0  # of the place, filtered or not
    matching: int = 0
    may_decide: bool = False

    @property
    def more(self) -> int:
        return self.matching - len(self.cards)

    @property
    def elsewhere(self) -> int:
        return self.total - self.matching


def queue(
    board: SiteBoard, chosen: Filter, actor: Actor, plan: ExamPlan, back: str, *, whole: bool = False
) -> Queue:
    """The queue of a board, the longest wait first, as far as the filter reaches."""
    matching = [r for r in board.requests if _is_meant(r, chosen)]
    shown = matching if whole or chosen.whole or chosen.pick else matching[:SHOWN_AT_FIRST]
    answers = can_decide(actor, shown, now=board.now)
    long_after = board.policy.request_blocks_after
    made = [
        request_card(a.row, a.refusal, now=board.now, long_after=long_after, plan=plan, back=back)
        for a in answers
    ]
    return Queue(made, len(board.requests), len(matching), any(a.refusal is None for a in answers))


def _is_meant(request: EntryRequest, chosen: Filter) -> bool:
    """Room and text narrow the queue; a count does not: who waits is never filtered away by another state."""
    if chosen.room is not None and request.room_session_id != chosen.room:
        return False
    text = chosen.text.lower().removesuffix("考场")
    candidate = request.sitting.candidate
    where = (candidate.name.lower(), candidate.student_no.lower())
    return (
        not text or text == request.room_session.room.room_no.lower() or any(text in found for found in where)
    )


def request_card(
    request: EntryRequest,
    refusal: Refusal | None,
    *,
    now: datetime,
    long_after: timedelta,
    plan: ExamPlan,
    back: str,
) -> dict[str, Any]:
    """Context of `ui/_request_card.html`; a wait above `long_after` is marked."""
    sitting, candidate = request.sitting, request.sitting.candidate
    return {
        "id": request.pk,
        "name": candidate.name,
        "place": words.place_of(request.room_session.room.room_no, sitting.seat_no),
        "number": candidate.student_no,
        "reason": words.reason_words(request),
        "facts": _facts(request),
        "since": plan.plan_time(request.requested_at),
        "long_wait": now - request.requested_at > long_after,
        "photo_url": reverse("file-photo", args=["reference", sitting.pk]) if candidate.photo else "",
        "live_url": reverse("file-photo", args=["request", request.pk]) if request.photo else "",
        "approve_url": decide_url(request, EntryRequest.Status.APPROVED, back),
        "refuse_url": decide_url(request, EntryRequest.Status.REJECTED, back),
        "refuse_choices": words.REFUSAL_REASONS,
        "why_not": why_not(refusal),
        "outcome": None,
    }


def _facts(request: EntryRequest) -> list[str]:
    checked = gettext("证件已核对") if request.documents_checked else gettext("证件未核对")
    facts = [gettext("%(name)s 提交 · %(checked)s") % {"name": request.requester.name, "checked": checked}]
    if request.attempt > 1:
        facts.append(gettext("第 %(n)d 次申请，上次未获批准") % {"n": request.attempt})
    if request.note:
        facts.append(request.note)
    return facts


def decide_url(request: EntryRequest, outcome: str, back: str) -> str:
    """Where one request is decided; the page to come back to goes along for browsers without scripts."""
    query = urlencode({"ids": request.pk, "outcome": outcome, "next": back})
    return f"{reverse('entry-requests-decide')}?{query}"


def why_not(refusal: Refusal | None) -> Any:
    """Words instead of buttons; only the chief decides, and others are told so."""
    if refusal is None:
        return ""
    if type(refusal) is NotAllowed:
        return gettext("由本考点主考审批。您可以查看，不能审批。")
    return refusal.detail
