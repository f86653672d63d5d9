"""Bodies of the exam client's calls, in and out."""

from typing import Any

from rest_framework import serializers

from client_support.models import ClientEvent
from client_support.services.answers import is_too_much
from client_support.services.authorisations import OUTCOMES
from exam_ops.rules.answers import Answer

MAX_ANSWERS = 1000
MAX_EVENTS = 500


class MachineId(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)


class ReportIn(serializers.Serializer):
    id = serializers.UUIDField()
    machine_id = MachineId()
    client_version = serializers.CharField(max_length=32)
    os = serializers.CharField(max_length=100)
    memory_mb = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, allow_null=True)
    disk_gb = serializers.FloatField(min_value=0, max_value=1e9, required=False, allow_null=True)
    opengl = serializers.CharField(max_length=64, required=False, allow_null=True, allow_blank=True)
    directx = serializers.CharField(max_length=64, required=False, allow_null=True, allow_blank=True)


class ProblemOut(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class ReportOut(serializers.Serializer):
    id = serializers.UUIDField()
    problems = ProblemOut(many=True)


class LoginIn(serializers.Serializer):
    id = serializers.UUIDField()
    ticket_no = serializers.CharField(max_length=30)
    id_no_last4 = serializers.CharField(min_length=4, max_length=4)
    machine_id = MachineId()
    client_version = serializers.CharField(max_length=32)
    os = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    sent_at = serializers.DateTimeField(required=False, allow_null=True)


class AnswerOut(serializers.Serializer):
    question = serializers.CharField()
    value = serializers.JSONField()
    answered_at = serializers.DateTimeField()


class AdmittedOut(serializers.Serializer):
    status = serializers.ChoiceField(["admitted"])
    login = serializers.UUIDField()
    session = serializers.UUIDField()
    token = serializers.CharField(
        allow_null=True, help_text="null once it was used, or 10 minutes after it was made"
    )
    export_key = serializers.CharField(allow_null=True, help_text="hex; shown as long as the token")
    answers = AnswerOut(many=True)
    unit_end = serializers.DateTimeField()


class WaitingOut(serializers.Serializer):
    status = serializers.ChoiceField(["waiting"])
    login = serializers.UUIDField()
    waiting_for = serializers.ChoiceField(["entry", "authorisation"])
    poll_after_s = serializers.IntegerField()
    message = serializers.CharField()


class EndedOut(serializers.Serializer):
    status = serializers.ChoiceField(["denied", "expired"])
    login = serializers.UUIDField()
    reason = serializers.CharField(allow_blank=True)
    message = serializers.CharField()


class AnswerIn(serializers.Serializer):
    question = serializers.CharField(max_length=64)
    value = serializers.JSONField(allow_null=True)
    answered_at = serializers.DateTimeField()

    def validate_value(self, value: Any) -> Any:
        if is_too_much(value):
            raise serializers.ValidationError(
                "The value is too large or nested too deeply.", code="too_large"
            )
        return value


class AnswersIn(serializers.Serializer):
    answers = serializers.ListField(child=AnswerIn(), max_length=MAX_ANSWERS)
    sent_at = serializers.DateTimeField(required=False, allow_null=True)


class WrittenOut(serializers.Serializer):
    stored = serializers.IntegerField()
    ignored = serializers.IntegerField()


class EventIn(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(ClientEvent.Kind.values)
    at = serializers.DateTimeField()
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class EventsIn(serializers.Serializer):
    items = serializers.ListField(child=EventIn(), max_length=MAX_EVENTS)
    sent_at = serializers.DateTimeField(required=False, allow_null=True)


class EventResult(serializers.Serializer):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(["created", "duplicate", "rejected"])
    code = serializers.CharField(allow_blank=True)


class EventsOut(serializers.Serializer):
    results = EventResult(many=True)


class SubmissionOut(serializers.Serializer):
    session = serializers.UUIDField()
    submitted_at = serializers.DateTimeField(help_text="on the plan's clock")
    forced = serializers.BooleanField()


class DecisionsIn(serializers.Serializer):
    logins = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=500)
    outcome = serializers.ChoiceField(OUTCOMES)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class DecidedOut(serializers.Serializer):
    login = serializers.UUIDField()
    status = serializers.ChoiceField([*OUTCOMES, "rejected"])
    code = serializers.CharField(allow_blank=True)
    outcome = serializers.CharField(allow_blank=True)
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)


class DecisionsOut(serializers.Serializer):
    results = DecidedOut(many=True)


class PackageIn(serializers.Serializer):
    file = serializers.FileField(allow_empty_file=True)


class PackageOut(serializers.Serializer):
    added = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    blank_ignored = serializers.IntegerField()


def as_answers(rows: list[dict[str, Any]]) -> list[Answer]:
    """Validated rows as the rule's answers."""
    return [Answer(row["question"], row["value"], row["answered_at"]) for row in rows]
