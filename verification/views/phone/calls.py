"""What phone pages send in their web session: JSON in, JSON out, refusals as problem details (decision 0019).

A create carries the id that the phone made, so that an entry which waited offline is safe to send again.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from rest_framework.exceptions import APIException

from exam_ops.core import access
from exam_ops.core.api import PROBLEM_TYPE, as_refusal, problem
from exam_ops.core.errors import FieldError, Invalid, NotAuthenticated, NotFound, Refusal
from exam_ops.core.idempotency import once
from exam_ops.core.models import ExamPlan, RoomSession, Sitting
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents.services import opening
from verification.models import EntryRequest
from verification.services import decisions, entry_requests, photos, presence
from verification.services.phone_pages import as_proctor, entered_at
from verification.views.phone import bodies

ROOMS = RoomSession.objects.select_related("site_unit__unit__plan", "site_unit__site")


class Call(Page):
    """A POST or PUT of a phone page; a session that has ended is told so, for what is typed must not be lost."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if not request.user.is_authenticated:
                raise NotAuthenticated()
            response = super().dispatch(request, *args, **kwargs)
        except (Refusal, APIException, RequestDataTooBig) as error:
            response = _refused(as_refusal(error))
        response["Cache-Control"] = "no-store"
        return response

    def create(
        self,
        kind: str,
        given: dict[str, Any],
        plan: ExamPlan,
        make: Callable[[], dict[str, Any]],
    ) -> HttpResponseBase:
        """Runs `make` once for the body's id; `sent_at` differs from try to try and is no part of what was sent."""
        fields = {name: value for name, value in given.items() if name != "sent_at"}
        told, is_new = once(
            given["id"], kind=kind, user=self.actor.user, fields=fields, now=self.now, plan=plan, create=make
        )
        return JsonResponse(told, status=201 if is_new else 200)


class RoomCall(Call):
    """A call about a room session of the proctor's own."""

    action = "entry.request"

    def room(self, pk: int) -> RoomSession:
        self.actor = as_proctor(self.actor)
        return access.get(self.actor, RoomSession, self.action, rows=ROOMS, pk=pk)


class RoomRequests(RoomCall):
    """入场审批 of a candidate in the room (C2)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        session = self.room(pk)
        given = bodies.read(request, bodies.EntryRequestBody)
        rows = Sitting.objects.select_related("site_unit__unit__plan", "room_session")
        sitting = access.get(self.actor, Sitting, self.action, rows=rows, pk=given["sitting"])
        if sitting.room_session_id != session.pk:
            raise NotFound()
        plan = session.site_unit.unit.plan
        asked = entry_requests.Asked(
            given["id"],
            given["reason"],
            given["documents_checked"],
            given["note"],
            entered_at(given["occurred_at"], given["sent_at"], plan, now=self.now),
        )

        def make() -> dict[str, Any]:
            made = entry_requests.submit(asked, sitting=sitting, requester=self.actor.user, now=self.now)
            return {"id": str(made.pk), "status": made.status}

        return self.create("phone_entry_request", given, plan, make)


class RequestPhoto(Call):
    """The picture of the proctor's own request, as bytes; the same again is the same answer."""

    action = "entry.request"

    def put(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        actor = as_proctor(self.actor)
        sha256, is_new = photos.put(EntryRequest, pk, request, actor=actor, now=self.now)
        return JsonResponse({"id": str(pk), "sha256": sha256}, status=201 if is_new else 200)


class RoomIncidents(RoomCall):
    """An incident of the room (A1): it opens, or joins the open one of its type."""

    action = "incident.open"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        session = self.room(pk)
        given = bodies.read(request, bodies.IncidentBody)
        people = list(Sitting.objects.filter(pk__in=given["sittings"], room_session=session))
        if len(people) != len(set(given["sittings"])):
            said = Text("有考生不在本考场。", "Somebody named does not sit in this room.")
            raise Invalid(errors=[FieldError("sittings", "unknown_sitting", said)])
        plan = session.site_unit.unit.plan

        def make() -> dict[str, Any]:
            incident = opening.open_or_join(
                type=given["type"],
                site_unit=session.site_unit,
                room_session=session,
                sittings=people,
                note=given["note"],
                occurred_at=entered_at(given["occurred_at"], given["sent_at"], plan, now=self.now),
                actor=self.actor.user,
                now=self.now,
                report_id=given["id"],
            )
            return {"number": incident.number, "url": f"/incidents/{incident.pk}/"}

        return self.create("phone_incident", given, plan, make)


class RoomPresence(RoomCall):
    """Present, or not here (C6): one candidate, or all the rest in one touch."""

    action = presence.ACTION

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        session = self.room(pk)
        given = bodies.read(request, bodies.PresenceBody)
        answers = dict.fromkeys(given["sittings"], given["answer"])

        def make() -> dict[str, Any]:
            done = presence.mark_room(session, answers, actor=self.actor, now=self.now)
            if done.skipped and not (done.marked or done.unchanged):
                raise done.skipped[0].refusal
            return {"taken": len(done.marked) + len(done.unchanged), "skipped": len(done.skipped)}

        return self.create("phone_presence", given, session.site_unit.unit.plan, make)


class RequestDecision(Call):
    """批准 or 不批准 (C3): in force when the server has it; the same again by the same chief is the same answer."""

    action = "entry.decide"

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        access.get(self.actor, EntryRequest, self.action, pk=pk)
        given = bodies.read(request, bodies.DecisionBody)
        row, is_new = decisions.decide(pk, **given, actor=self.actor, now=self.now)
        plan = row.site_unit.unit.plan
        told = {
            "id": str(row.pk),
            "outcome": row.status,
            "decided_by": row.decided_by.name if row.decided_by else "",
            "decided_at": plan.plan_time(row.decided_at).isoformat() if row.decided_at else None,
        }
        return JsonResponse(told, status=201 if is_new else 200)


def _refused(refusal: Refusal) -> JsonResponse:
    response = JsonResponse(problem(refusal), status=refusal.status, content_type=PROBLEM_TYPE)
    if "retry_after" in refusal.extra:
        response["Retry-After"] = str(refusal.extra["retry_after"])
    return response
