"""Incidents over the API (contract, *Phones at the door*)."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api, CursorPages
from exam_ops.core.errors import FieldError, Invalid, NotFound
from exam_ops.core.language import say
from exam_ops.core.models import ExamSite, RoomSession, SiteUnit, Sitting
from exam_ops.rules.catalogue import INCIDENT_TYPES
from exam_ops.rules.text import Text
from incidents.models import Incident
from incidents.services import contacts, opening


class IncidentIn(serializers.Serializer):
    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=sorted(INCIDENT_TYPES))
    occurred_at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True, max_length=2000, required=False, default="")
    room_session = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**62)
    site = serializers.CharField(required=False, max_length=20)
    unit = serializers.CharField(required=False, max_length=20)
    plan = serializers.CharField(required=False, max_length=40)
    sittings = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62),
        required=False,
        default=list,
        max_length=1000,
    )
    lost_minutes = serializers.IntegerField(
        required=False, min_value=0, max_value=1440, help_text="exam time lost so far; it may raise the grade"
    )


class CardStep(serializers.Serializer):
    key = serializers.CharField()
    role = serializers.CharField()
    text = serializers.CharField()


class CardContact(serializers.Serializer):
    name = serializers.CharField()
    duty = serializers.CharField(help_text="What to call them for.")
    phone = serializers.CharField()
    qq = serializers.CharField()
    other = serializers.CharField()


class IncidentOut(serializers.Serializer):
    id = serializers.UUIDField()
    number = serializers.CharField()
    type = serializers.CharField()
    grade = serializers.IntegerField(min_value=1, max_value=4)
    level = serializers.ChoiceField(choices=["site", "branch", "hq"])
    status = serializers.ChoiceField(choices=Incident.Status.values)
    action_card = CardStep(many=True)
    contacts = CardContact(many=True, help_text="Whom to call, the own branch's first.")


def answer(incident: Incident, book: contacts.Book | None = None) -> dict[str, Any]:
    """The incident as the API tells it, its card in the caller's language; `book` is shared by a list's rows."""
    return {
        "id": str(incident.uid),
        "number": incident.number,
        "type": incident.type,
        "grade": incident.grade,
        "level": str(incident.level),
        "status": str(incident.status),
        "action_card": [
            {"key": s.key, "role": str(s.role), "text": say(s.text)} for s in incident.kind.cards
        ],
        "contacts": (book or contacts.Book()).told(incident.kind, incident.site_unit.site.branch_id),
    }


class IncidentPage(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = IncidentOut(many=True)


class Incidents(Api):
    """Opens an incident, or joins the open one of the same type and place."""

    action = "incident.open"

    @extend_schema(
        operation_id="incident_create",
        request=IncidentIn,
        responses={201: IncidentOut, 200: IncidentOut},
        examples=[
            OpenApiExample(
                "scan gives no feedback",
                value={
                    "id": "7d0c1c1e-7f57-4a39-8d8e-6f4b0f0b8a11",
                    "type": "IDV-05",
                    "occurred_at": "2025-12-06T08:20:00+08:00",
                    "note": "两台手机扫描无反馈",
                    "room_session": 12,
                    "sittings": [],
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        data = self.body(IncidentIn)
        session, site_unit = self.place(data)
        self.about(site_unit.unit.plan)
        sittings = self.sittings(data["sittings"], site_unit)

        def create() -> dict[str, Any]:
            incident = opening.open_or_join(
                type=data["type"],
                site_unit=site_unit,
                room_session=session,
                sittings=sittings,
                note=data["note"],
                occurred_at=self.on_plan_clock(data["occurred_at"], site_unit.unit.plan),
                actor=self.actor.user,
                now=self.now,
                report_id=data["id"],
                lost_minutes=data.get("lost_minutes"),
            )
            return answer(incident)

        return self.create_once("incident", data, create, plan=site_unit.unit.plan)

    def place(self, data: dict[str, Any]) -> tuple[RoomSession | None, SiteUnit]:
        """The room session, or the site in the unit, that the report is about."""
        rows = RoomSession.objects.select_related("site_unit__unit__plan", "site_unit__site")
        if data.get("room_session"):
            session = access.get(self.actor, RoomSession, "incident.open", rows, pk=data["room_session"])
            return session, session.site_unit
        if not (data.get("site") and data.get("unit")):
            said = Text("请给出 room_session，或 site 和 unit。", "Give room_session, or site and unit.")
            raise Invalid(errors=[FieldError("room_session", "required", said)])
        site = access.get(self.actor, ExamSite, "incident.open", code=data["site"])
        found = SiteUnit.objects.filter(site=site, unit__code=data["unit"])
        if data.get("plan"):
            found = found.filter(unit__plan__code=data["plan"])
        site_unit = found.select_related("unit__plan", "site").order_by("-start").first()
        if site_unit is None:
            raise NotFound()
        return None, site_unit

    def sittings(self, ids: list[int], site_unit: SiteUnit) -> list[Sitting]:
        found = list(Sitting.objects.filter(pk__in=ids, site_unit=site_unit))
        if len(found) != len(set(ids)):
            said = Text("有考生不在该考点本单元。", "Somebody named does not sit at this site in this unit.")
            raise Invalid(errors=[FieldError("sittings", "unknown_sitting", said)])
        return found

    @extend_schema(
        operation_id="incident_list",
        parameters=[
            OpenApiParameter("plan", str),
            OpenApiParameter("unit", str),
            OpenApiParameter("site", str),
            OpenApiParameter("status", str, enum=Incident.Status.values),
        ],
        responses={200: IncidentPage},
    )
    def get(self, request: Request) -> Response:
        """The incidents inside the caller's scope, newest first."""
        rows = access.visible(self.actor, Incident, "incident.see").select_related(
            "site_unit__unit", "site_unit__site"
        )
        lookups = {
            "plan": "site_unit__unit__plan__code",
            "unit": "site_unit__unit__code",
            "site": "site_unit__site__code",
            "status": "status",
        }
        wanted = {lookups[name]: value for name in lookups if (value := request.query_params.get(name))}
        pages = CursorPages()
        found = pages.paginate_queryset(rows.filter(**wanted), request, view=self)
        book = contacts.Book()
        return pages.get_paginated_response([answer(incident, book) for incident in found or []])
