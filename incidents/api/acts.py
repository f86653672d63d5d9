"""What people do with an incident over the API: acknowledge, escalate, resolve, and the acts beside them."""

import uuid

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api
from exam_ops.core.models import User
from incidents.api.incidents import IncidentOut, answer
from incidents.models import Incident, Report
from incidents.services import acts

BOTH = {201: IncidentOut, 200: IncidentOut}
SHORT_FORM = ("place", "what", "how_many", "done", "help")


class Act(Api):
    """What a person does with an incident; answers 201 the first time, 200 when the same is sent again."""

    def incident(self, id: uuid.UUID) -> Incident:
        """The incident by its own id, or by the id of any report that joined it."""
        rows = Incident.objects.select_related("site_unit__unit__plan", "site_unit__site")
        pk = Report.objects.filter(pk=id).values("incident")
        found = access.get(self.actor, Incident, self.action, rows, pk__in=pk)
        self.about(found.site_unit.unit.plan)
        return found

    def told(self, done: tuple[Incident, bool]) -> Response:
        return Response(answer(done[0]), status=201 if done[1] else 200)


class NoteIn(serializers.Serializer):
    note = serializers.CharField(allow_blank=True, required=False, default="", max_length=2000)


class EscalationIn(NoteIn):
    """A note, and the short form of clause 一: place, what, how many, done so far, help asked."""

    declared_major = serializers.BooleanField(required=False, default=False)
    place = serializers.CharField(required=False, allow_blank=True, max_length=200)
    what = serializers.CharField(required=False, allow_blank=True, max_length=600)
    how_many = serializers.IntegerField(required=False, min_value=0, max_value=100_000)
    done = serializers.CharField(required=False, allow_blank=True, max_length=600)
    help = serializers.CharField(required=False, allow_blank=True, max_length=400)


class ResolutionIn(NoteIn):
    cause = serializers.CharField(max_length=2000)
    effect = serializers.CharField(max_length=2000)


class HandoverIn(NoteIn):
    to = serializers.IntegerField(min_value=1, max_value=2**62, help_text="id of the account that takes it")


class ReopeningIn(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class GradeIn(serializers.Serializer):
    grade = serializers.IntegerField(min_value=1, max_value=4)
    reason = serializers.CharField(
        allow_blank=True, required=False, default="", max_length=2000, help_text="needed to lower a grade"
    )


class UpdateIn(serializers.Serializer):
    note = serializers.CharField(max_length=2000)
    lost_minutes = serializers.IntegerField(
        required=False, min_value=0, max_value=1440, help_text="exam time lost so far; it may raise the grade"
    )


class Acknowledgement(Act):
    action = "incident.acknowledge"

    @extend_schema(operation_id="incident_acknowledge", request=NoteIn, responses=BOTH)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        said = self.body(NoteIn)
        return self.told(acts.acknowledge(self.incident(id), **said, actor=self.actor.user, now=self.now))


class Escalation(Act):
    action = "incident.escalate"

    @extend_schema(operation_id="incident_escalate", request=EscalationIn, responses=BOTH)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        said = self.body(EscalationIn)
        form = {name: said.pop(name) for name in SHORT_FORM if name in said}
        return self.told(
            acts.escalate(self.incident(id), **said, form=form, actor=self.actor.user, now=self.now)
        )


class Resolution(Act):
    action = "incident.resolve"

    @extend_schema(operation_id="incident_resolve", request=ResolutionIn, responses=BOTH)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        said = self.body(ResolutionIn)
        return self.told(acts.resolve(self.incident(id), **said, actor=self.actor.user, now=self.now))


class Handover(Act):
    """Hands the incident to a person, who has the grade's time to take it by acknowledging."""

    action = "incident.hand_over"

    @extend_schema(
        operation_id="incident_hand_over",
        request=HandoverIn,
        responses=BOTH,
        examples=[OpenApiExample("to the branch", value={"to": 41, "note": "请分部接手"}, request_only=True)],
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        said = self.body(HandoverIn)
        incident = self.incident(id)
        to = User.objects.filter(pk=said["to"]).first()
        if to is None:
            raise acts.NotForThem()
        return self.told(
            acts.hand_over(incident, to=to, note=said["note"], actor=self.actor.user, now=self.now)
        )


class Reopening(Act):
    """Opens a resolved incident again; its ladder begins anew."""

    action = "incident.reopen"

    @extend_schema(
        operation_id="incident_reopen",
        request=ReopeningIn,
        responses=BOTH,
        examples=[OpenApiExample("it came back", value={"reason": "网络再次中断"}, request_only=True)],
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        said = self.body(ReopeningIn)
        return self.told(acts.reopen(self.incident(id), **said, actor=self.actor.user, now=self.now))


class Grade(Act):
    """Raises the grade, or lowers it with a reason."""

    action = "incident.regrade"

    @extend_schema(
        operation_id="incident_regrade",
        request=GradeIn,
        responses=BOTH,
        examples=[
            OpenApiExample("worse", value={"grade": 2, "reason": "影响全考点"}, request_only=True),
        ],
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        said = self.body(GradeIn)
        return self.told(acts.regrade(self.incident(id), **said, actor=self.actor.user, now=self.now))


class Updates(Act):
    """A report upwards: told to the levels above that know of the incident."""

    action = "incident.update"

    @extend_schema(
        operation_id="incident_update",
        request=UpdateIn,
        responses=BOTH,
        examples=[
            OpenApiExample(
                "how it stands", value={"note": "已换交换机，逐场恢复", "lost_minutes": 12}, request_only=True
            )
        ],
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        said = self.body(UpdateIn)
        return self.told(acts.update(self.incident(id), **said, actor=self.actor.user, now=self.now))
