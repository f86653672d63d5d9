"""Doubted sign-in photos of a room: both pictures, what the machine says in words, and what people make of it (C13)."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.errors import Invalid, Refusal
from exam_ops.core.models import ExamPlan, RoomSession
from exam_ops.core.pages import Page
from exam_ops.rules.photo_hints import WORDS, Hint
from exam_ops.rules.text import Text
from verification.models import PhotoCheck, PhotoHint, SignIn
from verification.selectors import photo_hints
from verification.services import photo_verdicts
from verification.views import words

CLEARED = Text("已判为照片可用。", "The photo will do.")
BAD = Text(
    "已判为不合格，并转入“签到照片不清”事件；截止前须在全景照片中标记该考生。",
    "Called bad. Its incident is open; the candidate is to be marked in the panorama before evidence closes.",
)
LATE = Text(
    "已判为不合格。应急材料已截止，考后核验时将先核对这张照片。",
    "Called bad. Evidence is closed: the check after the exam looks at this photo first.",
)


class RoomPhotos(Page):
    """The doubted photos of one room, those that wait first; for the room's proctors too."""

    action = "file.see"
    template = "verification/room_photos.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.draw(self.find(pk))

    def find(self, pk: int) -> RoomSession:
        rows = RoomSession.objects.select_related("site_unit__site__branch", "site_unit__unit__plan", "room")
        session = access.get(self.actor, RoomSession, self.action, rows, pk=pk)
        self.about(session.site_unit.unit.plan)
        return session

    def draw(self, session: RoomSession) -> HttpResponse:
        site_unit = session.site_unit
        cards = photo_cards(
            self.actor, photo_hints.of_room(session), site_unit.unit.plan, back=self.request.get_full_path()
        )
        response = self.show(
            {
                "session": session,
                "room_name": words.room_name(session.room.room_no),
                "site": site_unit.site,
                "unit_name": words.unit_words(site_unit.unit),
                "waiting": [card for card in cards if card["open"]],
                "settled": [card for card in cards if not card["open"]],
                "sees_board": self.actor.may("sign_in.see"),
            }
        )
        response["Cache-Control"] = "private, no-cache"
        return response


class PhotoHintJudge(Page):
    """POST `verdict` (clear, bad) and `note`; goes back to `next`."""

    action = photo_verdicts.ACTION

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        hint = access.get(self.actor, PhotoHint, self.action, _hints(), pk=pk)
        return redirect("room-photos", hint.photo.room_session_id)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        hint = access.get(self.actor, PhotoHint, self.action, _hints(), pk=pk)
        verdict = request.POST.get("verdict", "")
        if verdict not in PhotoHint.Verdict.values:
            raise Invalid()
        note = request.POST.get("note", "")[:500]
        try:
            photo_verdicts.judge(hint, verdict, note, actor=self.actor, now=self.now)
        except Refusal as refusal:
            self.warn(_first(refusal))
        else:
            self.tell(_done(hint.photo, verdict, self))
        return redirect(back_of(request, reverse("room-photos", args=[hint.photo.room_session_id])))


class SignInBadPhoto(Page):
    """POST `note`: a person calls the photo of a sign-in bad that no machine doubted."""

    action = photo_verdicts.ACTION

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        return redirect("sitting-detail", access.get(self.actor, SignIn, self.action, pk=pk).sitting_id)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        sign_in = access.get(self.actor, SignIn, self.action, pk=pk)
        try:
            hint = photo_verdicts.call_bad(
                sign_in, request.POST.get("note", "")[:500], actor=self.actor, now=self.now
            )
        except Refusal as refusal:
            self.warn(_first(refusal))
        else:
            self.tell(_done(hint.photo, PhotoHint.Verdict.BAD, self))
        return redirect(back_of(request, reverse("sitting-detail", args=[sign_in.sitting_id])))


def photo_cards(
    actor: Actor, hints: Sequence[PhotoHint], plan: ExamPlan, *, back: str
) -> list[dict[str, Any]]:
    """The hints of each photo together, as `verification/_photo_doubts.html` draws them."""
    cards = []
    may: bool | None = None
    for sign_in, group in groupby(sorted(hints, key=lambda h: str(h.photo_id)), key=lambda h: h.photo_id):
        rows = list(group)
        photo = rows[0].photo
        if may is None:
            may = access.refused(actor, photo_verdicts.ACTION, rows[0]) is None
        sitting = photo.sitting
        cards.append(
            {
                "name": sitting.candidate.name,
                "seat": words.seat_name(sitting.seat_no),
                "order": (sitting.seat_no.rjust(10), sitting.pk),
                "photo_url": reverse("file-photo", args=["sign_in", sign_in]),
                "reference_url": reverse("file-photo", args=["reference", sitting.pk])
                if sitting.candidate.photo
                else "",
                "open": [_line(row, plan) for row in rows if not row.verdict],
                "settled": [_line(row, plan) for row in rows if row.verdict],
                "may": may,
                "back": back,
            }
        )
    return sorted(cards, key=lambda card: card["order"])


def back_of(request: HttpRequest, otherwise: str) -> str:
    """Where the form was; only a path of this portal."""
    to = request.POST.get("next", "")
    return to if url_has_allowed_host_and_scheme(to, allowed_hosts=None) else otherwise


def _line(hint: PhotoHint, plan: ExamPlan) -> dict[str, Any]:
    other = hint.other.sitting if hint.other else None
    return {
        "pk": hint.pk,
        "words": WORDS[Hint(hint.kind)],
        "other": other.candidate.name if other else "",
        "url": reverse("photo-hint-judge", args=[hint.pk]),
        "is_bad": hint.verdict == PhotoHint.Verdict.BAD,
        "by": hint.decided_by.name if hint.decided_by else "",
        "at": words.clock_on(plan, hint.decided_at, "%H:%M"),
        "note": hint.note,
    }


def _hints() -> Any:
    return PhotoHint.objects.select_related(
        "photo__sitting", "photo__room_session", "photo__site_unit__unit__plan"
    )


def _done(photo: PhotoCheck, verdict: str, page: Page) -> Text:
    if verdict == PhotoHint.Verdict.CLEAR:
        return CLEARED
    return BAD if page.now < photo.site_unit.evidence_closes_at else LATE


def _first(refusal: Refusal) -> Refusal:
    """What is wrong with the note, said as the refusal itself."""
    if refusal.errors:
        detail = refusal.errors[0].detail
        return Invalid(detail=detail if isinstance(detail, Text) else Text(detail, detail))
    return refusal
