"""Who of the 未签到 is here (C6): the list of a room for its staff's phones, and their answers."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api
from exam_ops.core.api_parts import Key, page, paged, refusals
from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan, RoomSession, Sitting
from verification.api.rooms import ROOMS, RosterRowOut, roster_row
from verification.models import Presence
from verification.selectors.presence import Asking, asking, is_ticked, presence_of, unsigned
from verification.services import presence

MOST = 500


class PresenceItem(serializers.Serializer):
    sitting = Key()
    answer = serializers.ChoiceField(choices=Presence.Answer.values)


class PresenceIn(serializers.Serializer):
    id = serializers.UUIDField()
    items = serializers.ListField(child=PresenceItem(), min_length=1, max_length=MOST)

    def validate_items(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({item["sitting"] for item in items}) < len(items):
            raise serializers.ValidationError("One answer a sitting.", code="repeated")
        return items


class PresenceResult(serializers.Serializer):
    sitting = serializers.IntegerField()
    status = serializers.ChoiceField(choices=["created", "duplicate", "rejected"])
    code = serializers.CharField(
        allow_blank=True,
        help_text="Of a rejected item: unknown_sitting, already_signed_in, already_pending, entry_rejected, expired, "
        "already_answered.",
    )
    detail = serializers.CharField(allow_blank=True)


class PresenceResults(serializers.Serializer):
    results = PresenceResult(many=True)


class PresenceRow(RosterRowOut):
    answer = serializers.ChoiceField(choices=Presence.Answer.values, allow_null=True)
    answered_by = serializers.CharField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    ticked = serializers.BooleanField(
        help_text="Ticked beforehand as present: at an exam client, or named in the incident."
    )


class PresencePage(paged("PresenceRows", PresenceRow)):  # type: ignore[misc]
    open = serializers.BooleanField(help_text="Whether answers are taken now.")
    opens_at = serializers.DateTimeField(allow_null=True, help_text="null: no open IDV-04 asks the room.")
    closes_at = serializers.DateTimeField()
    corrected_until = serializers.DateTimeField()


class RoomPresence(Api):
    """All 未签到 of a room session, by seat; its staff answer *present* or *not here*."""

    @extend_schema(
        operation_id="room_session_presence",
        responses={
            200: PresencePage,
            **refusals(s403="out_of_scope (`missing`), not_allowed", s404="not_found"),
        },
    )
    def get(self, request: Request, pk: int) -> Response:
        session = self._session("entry.see", pk)
        plan = session.site_unit.unit.plan
        asks = asking([session])[session.pk]

        def row(sitting: Any) -> dict[str, Any]:
            return roster_row(sitting, request) | _answer(sitting, plan)

        sittings = unsigned(Sitting.objects.filter(room_session=session), now=self.now)
        response = page(self, sittings, row, order=("seat_no", "pk"), size=MOST)
        response.data |= self._window(asks, plan)
        return response

    @extend_schema(
        operation_id="room_session_presence_mark",
        request=PresenceIn,
        responses={
            201: PresenceResults,
            200: PresenceResults,
            **refusals(
                s403="out_of_scope (`missing`), not_allowed",
                s404="not_found",
                s409="not_open, id_reused",
                s422="invalid",
            ),
        },
        examples=[
            OpenApiExample(
                "one is here, one is not",
                request_only=True,
                value={
                    "id": "7f0b6a1e-2c3d-4e5f-8a9b-0c1d2e3f4a5b",
                    "items": [
                        {"sitting": 4711, "answer": "present"},
                        {"sitting": 4712, "answer": "not_here"},
                    ],
                },
            ),
            OpenApiExample(
                "the second has signed in meanwhile",
                response_only=True,
                value={
                    "results": [
                        {"sitting": 4711, "status": "created", "code": "", "detail": ""},
                        {
                            "sitting": 4712,
                            "status": "rejected",
                            "code": "already_signed_in",
                            "detail": "该考生已签到或已获批准入场，无需确认在场。",
                        },
                    ]
                },
            ),
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        session = self._session(presence.ACTION, pk)
        data = self.body(PresenceIn)
        answers = {item["sitting"]: item["answer"] for item in data["items"]}

        def create() -> dict[str, Any]:
            done = presence.mark_room(session, answers, actor=self.actor, now=self.now)
            return {"results": _results(answers, done)}

        return self.create_once(
            "presence", data | {"room_session": pk}, create, plan=session.site_unit.unit.plan
        )

    def _session(self, action: str, pk: int) -> RoomSession:
        self.actor.require(action)
        session = access.get(self.actor, RoomSession, action, ROOMS, pk=pk)
        self.about(session.site_unit.unit.plan)
        return session

    def _window(self, asks: Asking, plan: ExamPlan) -> dict[str, Any]:
        return {
            "open": asks.is_open(self.now),
            "opens_at": plan.laid_time(asks.opens_at).isoformat() if asks.opens_at else None,
            "closes_at": plan.laid_time(asks.closes_at).isoformat(),
            "corrected_until": plan.laid_time(asks.corrected_until).isoformat(),
        }


def _answer(sitting: Any, plan: ExamPlan) -> dict[str, Any]:
    said = presence_of(sitting)
    return {
        "answer": said.answer if said else None,
        "answered_by": said.answered_by.name if said else None,
        "answered_at": plan.plan_time(said.answered_at).isoformat() if said else None,
        "ticked": is_ticked(sitting),
    }


def _results(answers: dict[int, str], done: presence.Marked) -> list[dict[str, Any]]:
    """One result an item, in the order sent."""
    taken = {s.pk: "created" for s in done.marked} | {s.pk: "duplicate" for s in done.unchanged}
    refused = {skipped.sitting_id: skipped.refusal for skipped in done.skipped}
    results = []
    for pk in answers:
        why = refused.get(pk)
        code = "unknown_sitting" if why and why.code == "not_found" else why.code if why else ""
        results.append(
            {
                "sitting": pk,
                "status": taken.get(pk, "rejected"),
                "code": code,
                "detail": say(why.detail) if why else "",
            }
        )
    return results
