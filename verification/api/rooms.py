"""What a phone reads of its rooms: duties, roster, counts."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api
from exam_ops.core.api_parts import page, paged, refusals
from exam_ops.core.language import say
from exam_ops.core.models import RoomSession, Sitting
from exam_ops.rules.entry import Entry
from verification.selectors import rooms
from verification.selectors.entry import stats_of

ROOMS = RoomSession.objects.select_related("site_unit__unit__plan", "site_unit__site", "room")


class DutyQuery(serializers.Serializer):
    date = serializers.DateField(required=False)
    plan = serializers.CharField(required=False, max_length=40, help_text="Code of the plan.")
    unit = serializers.CharField(required=False, max_length=20, help_text="Code of the unit.")
    room = serializers.CharField(required=False, max_length=20, help_text="Number of the room.")


class Named(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class UnitOut(serializers.Serializer):
    code = serializers.CharField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    entry_opens = serializers.DateTimeField()
    entry_closes = serializers.DateTimeField()


class RoomOut(serializers.Serializer):
    number = serializers.CharField()


class DutyOut(serializers.Serializer):
    room_session = serializers.IntegerField()
    plan = Named()
    unit = UnitOut()
    site = Named()
    room = RoomOut()
    tips = serializers.ListField(child=serializers.CharField())


def duty(session: RoomSession) -> dict[str, Any]:
    """A room session as its proctor's phone shows it; times on the plan's clock."""
    site_unit, plan = session.site_unit, session.site_unit.unit.plan
    return {
        "room_session": session.pk,
        "plan": {"code": plan.code, "name": plan.name},
        "unit": {
            "code": site_unit.unit.code,
            "start": site_unit.start.isoformat(),
            "end": site_unit.end.isoformat(),
            "entry_opens": plan.laid_time(site_unit.entry_opens_at).isoformat(),
            "entry_closes": plan.laid_time(site_unit.entry_closes_at).isoformat(),
        },
        "site": {"code": site_unit.site.code, "name": site_unit.site.name},
        "room": {"number": session.room.room_no},
        "tips": [say(tip) for tip in rooms.TIPS],
    }


class Duties(Api):
    """The caller's own room sessions with the plan's advice; naming one that is not theirs says what is missing."""

    action = "room.see"

    @extend_schema(
        operation_id="app_duties",
        parameters=[DutyQuery],
        responses={200: paged("DutyPage", DutyOut), **refusals(s403="out_of_scope (`missing`), not_allowed")},
    )
    def get(self, request: Request) -> Response:
        asked = self.query(DutyQuery)
        sessions = rooms.duties_of(self.actor, now=self.now, on=asked.pop("date", None), **asked)
        if first := sessions.order_by("site_unit__start").first():
            self.about(first.site_unit.unit.plan)
        return page(self, sessions, duty, order=("start", "pk"))


class RosterRowOut(serializers.Serializer):
    sitting = serializers.IntegerField()
    ticket_no = serializers.CharField()
    student_no = serializers.CharField()
    name = serializers.CharField()
    seat_no = serializers.CharField(allow_blank=True)
    photo_url = serializers.URLField(allow_null=True)
    entry_status = serializers.ChoiceField(choices=[e.value for e in Entry])
    emergency = serializers.BooleanField()
    late = serializers.BooleanField(
        help_text="Signed in by a check of before close of entry that arrived after."
    )
    manual_check = serializers.BooleanField(help_text="Has chosen to be checked by hand.")
    held_over = serializers.BooleanField(help_text="留考: this paper clashes with one just sat.")


def roster_row(sitting: Any, request: HttpRequest | Request) -> dict[str, Any]:
    """A candidate of the room; `photo_url` is null where there is no reference photo."""
    photo = reverse("api-sitting-photo", args=[sitting.pk]) if sitting.candidate.photo else None
    return {
        "sitting": sitting.pk,
        "ticket_no": sitting.ticket_no,
        "student_no": sitting.candidate.student_no,
        "name": sitting.candidate.name,
        "seat_no": sitting.seat_no,
        "photo_url": request.build_absolute_uri(photo) if photo else None,
        "entry_status": sitting.effective,
        "emergency": sitting.emergency,
        "late": sitting.late,
        "manual_check": sitting.manual_check,
        "held_over": sitting.held_over,
    }


class Roster(Api):
    """The candidates of a room session, by seat."""

    action = "entry.see"

    @extend_schema(
        operation_id="room_session_roster",
        responses={
            200: paged("RosterPage", RosterRowOut),
            **refusals(s403="out_of_scope, not_allowed", s404="not_found"),
        },
    )
    def get(self, request: Request, pk: int) -> Response:
        session = access.get(self.actor, RoomSession, self.action, ROOMS, pk=pk)
        self.about(session.site_unit.unit.plan)
        sittings = rooms.roster_of(session, now=self.now)

        def row(sitting: Sitting) -> dict[str, Any]:
            return roster_row(sitting, request)

        return page(self, sittings, row, order=("seat_no", "pk"), size=500)


class MissingOut(serializers.Serializer):
    device_id = serializers.CharField()
    missing_seqs = serializers.ListField(child=serializers.IntegerField())


class StatsOut(serializers.Serializer):
    registered = serializers.IntegerField()
    signed_in = serializers.IntegerField()
    pending = serializers.IntegerField()
    approved = serializers.IntegerField()
    rejected = serializers.IntegerField()
    absent = serializers.IntegerField()
    emergency = serializers.IntegerField()
    missing_from_phones = MissingOut(many=True)


class SignInStats(Api):
    """签到统计 of a room session, and the checks that phones made and the server has not seen."""

    action = "entry.see"

    @extend_schema(
        operation_id="room_session_sign_in_stats",
        responses={200: StatsOut, **refusals(s403="out_of_scope, not_allowed", s404="not_found")},
        examples=[
            OpenApiExample(
                "two checks have not arrived",
                response_only=True,
                value={
                    "registered": 25,
                    "signed_in": 18,
                    "pending": 1,
                    "approved": 1,
                    "rejected": 0,
                    "absent": 0,
                    "emergency": 1,
                    "missing_from_phones": [{"device_id": "a1b2c3", "missing_seqs": [1, 7]}],
                },
            )
        ],
    )
    def get(self, request: Request, pk: int) -> Response:
        session = access.get(self.actor, RoomSession, self.action, ROOMS, pk=pk)
        self.about(session.site_unit.unit.plan)
        stats = stats_of([session], now=self.now)[session.pk]
        counts = {name: getattr(stats, name) for name in stats.__dataclass_fields__}
        missing = rooms.missing_from_phones(session)
        told = [{"device_id": m.device_id, "missing_seqs": m.missing_seqs} for m in missing]
        return Response({**counts, "missing_from_phones": told})
