"""标记 → 应急材料: who must be in the picture, until when, the picture with its marks, and what was sent so far."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from exam_ops.core import access, clock, policies
from exam_ops.core.errors import Refusal, TooLarge
from exam_ops.core.examclock import exam_clock
from exam_ops.core.models import Event, RoomSession
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents import duty_selectors, review_selectors, selectors, words
from incidents.forms import EvidenceForm, show_refusal
from incidents.models import EvidenceDuty
from incidents.services import checks, evidence, marks, pictures, withdrawals
from incidents.services.pictures import NotAnImage
from incidents.views.opening import people_of
from incidents.views.review_card import STATES as VERDICTS

SENT = Text("应急材料已保存，系统已收到。", "The evidence is stored and has been received.")
ON_PHOTO = (NotAnImage, TooLarge)


class RoomPage(Page):
    """What the page and its live part share: one room session, who owes, what was sent."""

    action = "evidence.see"

    def session(self, pk: int, action: str = "") -> RoomSession:
        rows = RoomSession.objects.select_related("room", "site_unit__site__branch", "site_unit__unit__plan")
        session = access.get(self.actor, RoomSession, action or self.action, rows, pk=pk)
        self.about(session.site_unit.unit.plan)
        return session

    def live_part(self, session: RoomSession) -> dict[str, Any]:
        return {
            "session": session,
            "site_unit": session.site_unit,
            "closes_at": selectors.closes_at(session.site_unit),
            "closed": self.now >= session.site_unit.evidence_closes_at,
            "duties": duty_selectors.of_room(session),
            "pictures": self.pictures(session),
            "may_see_views": not access.refused(self.actor, "event.see", session),
            **self.window(session),
        }

    def mark(self, session: RoomSession) -> Any:
        """What the live part depends on, in two statements."""
        duties = EvidenceDuty.objects.filter(room_session=session).order_by("pk")
        site_unit = session.site_unit
        closed = self.now >= site_unit.evidence_closes_at
        return (
            session.revision,
            tuple(duties.values_list("pk", "status", "again")),
            closed,
            site_unit.evidence_until,
            site_unit.unit.plan.clock_offset,
        )

    def window(self, session: RoomSession) -> dict[str, Any]:
        """From when a picture is taken in and which capture is on time (C15), in plan time."""
        site_unit = session.site_unit
        policy = policies.of(site_unit.unit.plan)
        return {
            "opens_at": site_unit.start + policy.photo_earliest_after,
            "too_early": self.now < site_unit.starts_at + policy.photo_earliest_after,
            "on_time_from": site_unit.start + policy.photo_on_time_from,
            "on_time_until": site_unit.start + policy.photo_on_time_until,
        }

    def pictures(self, session: RoomSession) -> list[dict[str, Any]]:
        plan = session.site_unit.unit.plan
        is_open = self.now < session.site_unit.evidence_closes_at
        may_withdraw = is_open and not access.refused(self.actor, withdrawals.ACTION, session)
        may_review = self.actor.may(review_selectors.SEE)
        rows = (
            review_selectors.with_reviews(session.evidence.all())
            .select_related("uploaded_by", "withdrawn_by")
            .prefetch_related("marks__sitting__candidate")
            .order_by("-received_at")
        )
        arrived = dict(
            Event.objects.filter(
                site_unit=session.site_unit_id, room_session=session, kind="evidence.received"
            ).values_list("subject", "plan_at")
        )
        hints = checks.of([row.pk for row in rows])
        return [
            {
                "row": row,
                "hints": hints[row.pk],
                "verdict": VERDICTS.get(row.by_branch or row.by_site or ""),
                "review_url": reverse("evidence-review", query={"plan": plan.code, "evidence": row.pk})
                if may_review
                else "",
                "url": reverse("evidence-photo", args=[row.pk]),
                "received_at": arrived.get(str(row.pk)),
                "withdrawn_at": plan.plan_time(row.withdrawn_at) if row.withdrawn_at else None,
                "may_withdraw": may_withdraw and not withdrawals.refused(row, actor=self.actor),
                "marks": [
                    {"number": number, "mark": mark} for number, mark in enumerate(row.marks.all(), start=1)
                ],
            }
            for row in rows
        ]


class EvidenceRoom(RoomPage):
    """One room session's 应急材料."""

    template = "incidents/evidence.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        session = self.session(pk)
        return self.draw(session, EvidenceForm(people=people_of(session)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        session = self.session(pk, "evidence.upload")
        form = EvidenceForm(request.POST, request.FILES, people=people_of(session))
        if not form.is_valid():
            return self.refuse(session, form, 422)
        try:
            pictures.only_one(request.FILES)
            self.take_in(session, form)
        except Refusal as refusal:
            show_refusal(form, refusal, _field_of(refusal))
            return self.refuse(session, form, refusal.status)
        url = reverse("evidence-room", args=[session.pk])
        return JsonResponse({"url": url}) if self.wants_json() else redirect(url)

    def take_in(self, session: RoomSession, form: EvidenceForm) -> None:
        said = dict(form.cleaned_data)
        photo = said.pop("photo")
        drawn = marks.parse(said["marks"])
        named = {mark.sitting for mark in drawn}
        inside = [marks.Mark(pk) for pk in said["in_picture"] if pk not in named]
        upload = evidence.Upload(
            id=said["id"],
            reason=said["reason"],
            marks=[*drawn, *inside],
            captured_at=said["captured_at"],
            lateness_reason=said["lateness_reason"],
        )
        fields = said | {"room_session": session.pk, "page": "evidence-room"}
        _told, is_new = evidence.receive(
            upload, photo, fields=fields, room_session=session, actor=self.actor, clock=clock.now
        )
        if is_new:
            self.tell(SENT)

    def wants_json(self) -> bool:
        """The page's own script sends with progress and lays refusals beside the fields itself."""
        return self.request.headers.get("Accept", "").startswith("application/json")

    def refuse(self, session: RoomSession, form: EvidenceForm, status: int) -> HttpResponse:
        if self.wants_json():
            errors = {name or "__all__": [str(e) for e in found] for name, found in form.errors.items()}
            return JsonResponse({"errors": errors}, status=status)
        return self.draw(session, form, status=status)

    def draw(self, session: RoomSession, form: EvidenceForm, *, status: int = 200) -> HttpResponse:
        refusal = access.refused(self.actor, "evidence.upload", session)
        rows = duty_selectors.to_mark(session, form["in_picture"].value() or [])
        context = self.live_part(session) | {
            "form": form,
            "said": [form["reason"], form["captured_at"], form["lateness_reason"]],
            "clock": exam_clock(session.site_unit, session.site_unit.unit.plan, self.now),
            "rows": rows,
            "may_not": refusal.detail if refusal else None,
            "closed_why": self.closed_why(session),
            "sentences": words.EVIDENCE_REASONS,
        }
        return self.show(context, status=status)

    def closed_why(self, session: RoomSession) -> Text | None:
        if self.now < session.site_unit.evidence_closes_at:
            return None
        closed_at = selectors.closes_at(session.site_unit)
        return evidence.closed(closed_at).detail


class EvidenceLive(RoomPage):
    """The live part: who owes and what was sent."""

    template = "incidents/_evidence_live.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        session = self.session(pk)
        return self.live(self.mark(session), lambda: self.show(self.live_part(session)))


def _field_of(refusal: Refusal) -> str | None:
    """The field beside which a refusal of the service stands."""
    if isinstance(refusal, ON_PHOTO):
        return "photo"
    if isinstance(refusal, evidence.LatenessReasonRequired):
        return "lateness_reason"
    return "in_picture" if isinstance(refusal, evidence.UnknownSitting) else None
