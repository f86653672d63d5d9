"""Review of a picture over the API: the first committed verdict of a level holds (C14)."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api
from exam_ops.core.api_parts import ID_IN_PATH, Key, refusals
from exam_ops.rules.evidence_review import Level, Verdict
from incidents.models import Evidence, EvidenceReview
from incidents.services import evidence_reviews
from incidents.services.evidence_reviews import Said

GIVEN = [verdict.value for verdict in Verdict if verdict is not Verdict.TAKEN_BACK]


class EvidenceReviewIn(serializers.Serializer):
    verdict = serializers.ChoiceField(choices=GIVEN)
    note = serializers.CharField(
        allow_blank=True,
        required=False,
        default="",
        max_length=500,
        help_text="needed for all but a plain acceptance, and to change or overrule a verdict",
    )
    changes = Key(
        required=False, allow_null=True, help_text="`review` of the own level's verdict that it changes"
    )


class EvidenceReviewOut(serializers.Serializer):
    review = serializers.IntegerField()
    evidence = serializers.UUIDField()
    level = serializers.ChoiceField(choices=[level.value for level in Level])
    verdict = serializers.ChoiceField(choices=GIVEN)
    note = serializers.CharField(allow_blank=True)
    reviewed_by = serializers.CharField()
    reviewed_at = serializers.DateTimeField()


class EvidenceReviewing(Api):
    """Accepts a picture, asks for another while evidence is open, or calls it doubtful: by the chief, then the branch."""

    action = evidence_reviews.ACTION

    @extend_schema(
        operation_id="evidence_review",
        description="`asked_again` tells the room at once; the duties that the picture had met are owed once more.",
        parameters=[ID_IN_PATH],
        request=EvidenceReviewIn,
        responses={
            201: EvidenceReviewOut,
            200: EvidenceReviewOut,
            **refusals(
                s403="evidence_closed (`asked_again` at and after the close), not_allowed (also for the own picture)",
                s404="not_found",
                s409="already_reviewed (`review`, `verdict`, `reviewed_by`, `reviewed_at`), chief_first, withdrawn",
                s422="invalid",
            ),
        },
        examples=[
            OpenApiExample(
                "ask again", request_only=True, value={"verdict": "asked_again", "note": "后排三人被遮挡"}
            )
        ],
    )
    def post(self, request: Request, id: UUID) -> Response:
        said = self.body(EvidenceReviewIn)
        rows = Evidence.objects.select_related(*evidence_reviews.RELATED)
        row = access.get(self.actor, Evidence, self.action, rows, pk=id)
        self.about(row.room_session.site_unit.unit.plan)
        review, is_new = evidence_reviews.give(
            row,
            Said(Verdict(said["verdict"]), said["note"], said.get("changes")),
            actor=self.actor,
            now=self.now,
        )
        return Response(_told(review), status=201 if is_new else 200)


def _told(review: EvidenceReview) -> dict[str, Any]:
    plan = review.room_session.site_unit.unit.plan
    return {
        "review": review.pk,
        "evidence": str(review.evidence_id),
        "level": review.level,
        "verdict": review.verdict,
        "note": review.note,
        "reviewed_by": review.by.name,
        "reviewed_at": plan.plan_time(review.at).isoformat(),
    }
