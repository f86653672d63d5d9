"""What a machine sends while the paper is open: answers, events, the submission. Its session's token speaks for it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from client_support.api import serializers as bodies
from client_support.api.auth import Machine, SessionTokenAuthentication
from client_support.models import ClientSession
from client_support.services import answers, reports, submissions
from exam_ops.core.api import Api
from exam_ops.core.errors import NotFound
from exam_ops.core.idempotency import fingerprint
from exam_ops.core.models import ExamPlan


class OfSession(Api):
    """A call of a machine about its own session."""

    authentication_classes = (SessionTokenAuthentication,)

    def own_session(self, request: Request, id: UUID) -> ClientSession:
        caller: Machine = request.user  # type: ignore[assignment]
        if caller.session.pk != id:
            raise NotFound()
        self.about(self.plan_of(caller.session))
        return caller.session

    def plan_of(self, session: ClientSession) -> ExamPlan:
        return session.sitting.site_unit.unit.plan

    def behind(self, sent_at: datetime | None, plan: ExamPlan) -> timedelta | None:
        """What the machine's clock lacks of the plan's: received − sent_at, or the drill's offset where the caller says so."""
        if sent_at is not None:
            return plan.plan_time(self.now) - sent_at
        is_device = self.request.headers.get("Exam-Clock", "").lower() == "device"
        return plan.clock_offset if is_device else None


class Answers(OfSession):
    @extend_schema(
        summary="Save answers",
        description="Per question: not blank before blank, then the later `answered_at`, then the greater SHA-256 of the value.",
        request=bodies.AnswersIn,
        responses={200: bodies.WrittenOut},
        examples=[
            OpenApiExample(
                "answers",
                value={
                    "answers": [{"question": "1", "value": "B", "answered_at": "2025-12-06T08:41:02+08:00"}],
                    "sent_at": "2025-12-06T08:41:05+08:00",
                },
                request_only=True,
            ),
            OpenApiExample("written", value={"stored": 1, "ignored": 0}, response_only=True),
        ],
    )
    def put(self, request: Request, id: UUID) -> Response:
        """Save answers."""
        session = self.own_session(request, id)
        fields = self.body(bodies.AnswersIn)
        written = answers.put(
            session,
            bodies.as_answers(fields["answers"]),
            skew=self.behind(fields.get("sent_at"), self.plan_of(session)),
            fingerprint=fingerprint(fields),
            now=self.now,
        )
        return Response({"stored": written.stored, "ignored": written.ignored})


class Events(OfSession):
    @extend_schema(
        summary="Report what happened at the machine",
        request=bodies.EventsIn,
        responses={200: bodies.EventsOut},
        examples=[
            OpenApiExample(
                "loaded",
                value={
                    "items": [
                        {
                            "id": "7f3b5a52-0b0e-4f1e-9c7f-0e7a4b1c2d3e",
                            "kind": "paper_loaded",
                            "at": "2025-12-06T08:12:00+08:00",
                            "note": "",
                        }
                    ]
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Report what happened at the machine."""
        session = self.own_session(request, id)
        fields = self.body(bodies.EventsIn)
        plan = self.plan_of(session)
        behind = answers.steady(session.skew_ms, self.behind(fields.get("sent_at"), plan))
        items = [reports.Happened(**{**item, "at": item["at"] + behind}) for item in fields["items"]]
        results = reports.take_events(session, items, now=self.now)
        return Response(
            {"results": [{"id": each.id, "status": each.status, "code": each.code} for each in results]}
        )


class Submission(OfSession):
    @extend_schema(
        summary="Hand the paper in",
        request=None,
        responses={201: bodies.SubmissionOut, 200: bodies.SubmissionOut},
        examples=[
            OpenApiExample(
                "handed in",
                value={
                    "session": "5a1d6b1e-6f0b-4a53-8f6c-5b6f6f0e7a11",
                    "submitted_at": "2025-12-06T09:40:00+08:00",
                    "forced": False,
                },
                response_only=True,
            )
        ],
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Hand the paper in."""
        session = self.own_session(request, id)
        session, is_new = submissions.submit(session, now=self.now)
        assert session.submitted_at is not None
        body: dict[str, Any] = {
            "session": session.pk,
            "submitted_at": self.plan_of(session).plan_time(session.submitted_at),
            "forced": session.forced,
        }
        return Response(body, status=201 if is_new else 200)
