"""One candidate's entry with everything that is known of it."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from exam_ops.core import access, policies
from exam_ops.core.models import Event, ExamPlan, Sitting
from exam_ops.core.pages import Page
from exam_ops.rules.entry import MAY_SIT
from exam_ops.rules.id_numbers import mask
from verification.models import EntryRequest, SignIn
from verification.selectors import photo_hints
from verification.selectors.entry import effective_status
from verification.selectors.photos import has_no_preview
from verification.selectors.sitting_facts import SittingFacts, facts_of
from verification.services import manual_checks, photo_verdicts
from verification.services.decisions import can_decide
from verification.views import queue, words
from verification.views.photo_hints import photo_cards


class SittingDetail(Page):
    action = "sign_in.see"
    template = "verification/sitting.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = Sitting.objects.select_related(
            "candidate__centre", "paper", "room_session__room", "site_unit__site", "site_unit__unit__plan"
        )
        sitting = access.get(self.actor, Sitting, self.action, rows=rows, pk=pk)
        plan = sitting.site_unit.unit.plan
        self.about(plan)
        facts = facts_of(sitting)
        status = effective_status(sitting, sitting.site_unit, now=self.now)
        colour, label = words.STATES[status]
        session = sitting.room_session
        context = {
            "sitting": sitting,
            "candidate": sitting.candidate,
            "site_unit": sitting.site_unit,
            "plan": plan,
            "unit": sitting.site_unit.unit,
            "unit_name": words.unit_words(sitting.site_unit.unit),
            "place": words.place_of(session.room.room_no if session else "", sitting.seat_no),
            "room_name": words.room_name(session.room.room_no) if session else "",
            "id_no": mask(sitting.candidate.id_no) if sitting.candidate.id_no else "",
            "state": colour,
            "state_label": label,
            "moved_at": words.clock_on(plan, sitting.entry_moved_at),
            "attempts": [_attempt(a, plan) for a in facts.attempts],
            "may_choose": access.refused(self.actor, manual_checks.ACTION, sitting) is None
            and self.now < sitting.site_unit.entry_closes_at
            and status not in MAY_SIT,
            "requests": self._requests(facts, plan),
            "entries": [_event(e, plan) for e in facts.events],
            "doubts": photo_cards(
                self.actor, photo_hints.of_sitting(sitting), plan, back=self.request.get_full_path()
            ),
            **_photos(facts),
            **self._bad_photo(facts),
        }
        response = self.show(context)
        response["Cache-Control"] = "private, no-cache"
        return response

    def _bad_photo(self, facts: SittingFacts) -> dict[str, Any]:
        """What the site's staff may do with the photo of the sign-in that counts (C13), and its original."""
        sign_in = facts.sign_in
        if sign_in is None or not sign_in.photo:
            return {}
        may = access.refused(self.actor, photo_verdicts.ACTION, sign_in) is None
        return {
            "bad_photo_url": reverse("sign-in-bad-photo", args=[sign_in.pk]) if may else "",
            "original_url": reverse("file-photo", args=["sign_in", sign_in.pk]) + "?size=original"
            if self.actor.may("photo.original")
            else "",
            "is_heic": has_no_preview(sign_in.photo),
        }

    def _requests(self, facts: SittingFacts, plan: ExamPlan) -> list[dict[str, Any]]:
        policy = policies.of(plan)
        back = self.request.get_full_path()
        for request in facts.requests:
            request.sitting, request.site_unit.unit = facts.sitting, facts.sitting.site_unit.unit
        answers = can_decide(self.actor, facts.requests, now=self.now)
        cards = []
        for answer in answers:
            request = answer.row
            card = queue.request_card(
                request,
                answer.refusal,
                now=self.now,
                long_after=policy.request_blocks_after,
                plan=plan,
                back=back,
            )
            if request.status != EntryRequest.Status.PENDING:
                card["outcome"] = _outcome(request, plan)
            cards.append(card | {"decision_note": request.decision_note})
        return cards


def _outcome(request: EntryRequest, plan: ExamPlan) -> dict[str, Any]:
    state, label = words.REQUEST_STATES[request.status]
    return {
        "state": state,
        "label": label,
        "by": request.decided_by.name if request.decided_by else "",
        "at": words.clock_on(plan, request.decided_at),
    }


def _photos(facts: SittingFacts) -> dict[str, str]:
    sitting, shown = facts.sitting, facts.shown
    live, what = "", gettext("现场照片")
    if shown is not None:
        live = reverse("file-photo", args=["sign_in", shown.pk])
        what = gettext("签到照片") if shown.effective else gettext("最近一次未通过的照片")
    elif pictured := [request for request in facts.requests if request.photo]:
        live, what = reverse("file-photo", args=["request", pictured[-1].pk]), gettext("入场审批照片")
    return {
        "photo_url": reverse("file-photo", args=["reference", sitting.pk]) if sitting.candidate.photo else "",
        "live_url": live,
        "live_label": what,
    }


def _attempt(attempt: SignIn, plan: ExamPlan) -> dict[str, Any]:
    """One check: captured on the plan's clock as the phone said, arrived by the server's."""
    state, label = {"passed": ("in", gettext("识别通过")), "failed": ("pending", gettext("识别未通过"))}.get(
        attempt.outcome, ("none", gettext("无法读取"))
    )
    skew = timedelta(milliseconds=attempt.skew_ms) if attempt.skew_ms is not None else None
    return {
        "state": state,
        "label": label,
        "method": gettext("人工") if attempt.method == SignIn.Method.MANUAL else gettext("人脸"),
        "captured": words.clock_on(plan, plan.real_time(attempt.captured_at)) if attempt.captured_at else "",
        "received": words.clock_on(plan, attempt.received_at),
        "skew": _skew(skew),
        "skew_marked": skew is not None and abs(skew) > policies.of(plan).skew_marked_above,
        "score": attempt.score,
        "phone": attempt.device_id,
        "seq": attempt.device_seq,
        "proctor": attempt.proctor.name,
        "unchecked": attempt.proctor_unchecked,
        "effective": attempt.effective,
        "late": attempt.late,
        "why": words.REJECTED_FACTS.get(attempt.code, attempt.code),
        "photo_url": reverse("file-photo", args=["sign_in", attempt.pk]) if attempt.photo else "",
        "undo_url": reverse("sign-in-undo", args=[attempt.pk]) if _is_manual(attempt) else "",
    }


def _is_manual(attempt: SignIn) -> bool:
    """Whether this is the manual sign-in that holds, which a person may undo."""
    return attempt.effective and attempt.method == SignIn.Method.MANUAL


def _skew(skew: timedelta | None) -> str:
    """How far the phone's clock and the way took: seconds, or `未知`."""
    return gettext("未知") if skew is None else gettext("%(n)s 秒") % {"n": f"{skew.total_seconds():+.1f}"}


def _event(event: Event, plan: ExamPlan) -> dict[str, Any]:
    state, text = words.EVENTS.get(event.kind, ("none", event.kind))
    at = words.clock_on(plan, event.at) if event.plan_at is None else _clock(event)
    return {
        "at": at,
        "actor": event.actor.name if event.actor else gettext("系统"),
        "text": text,
        "detail": words.REASONS.get(event.data.get("reason", ""), ""),
        "state": state,
    }


def _clock(event: Event) -> str:
    return event.plan_at.astimezone(words.BEIJING).strftime("%H:%M:%S") if event.plan_at else ""
