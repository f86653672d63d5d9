"""Offline packages, uploaded by the learning centre's exam officer (D6)."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from client_support.api import serializers as bodies
from client_support.services import offline
from exam_ops.core.api import Api

SLACK = 64 * 1024  # bytes of multipart around the file


class OfflinePackages(Api):
    action = offline.ACTION
    parser_classes = (MultiPartParser,)

    @extend_schema(
        summary="Upload an offline paper",
        description=(
            "A ZIP of `answers.json` and `signature`, named as the client named it. Newer answers win per question, a blank "
            "overwrites nothing, the same file again changes nothing. Until 24 hours after the unit."
        ),
        request={"multipart/form-data": bodies.PackageIn},
        responses={201: bodies.PackageOut, 200: bodies.PackageOut},
        examples=[
            OpenApiExample(
                "merged",
                value={"added": 3, "updated": 1, "unchanged": 40, "blank_ignored": 2},
                response_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Upload an offline paper."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > offline.LIMIT_MB * 1024 * 1024 + SLACK:
            raise offline.PackageTooLarge(limit_mb=offline.LIMIT_MB)
        counts, is_new = offline.take(self.body(bodies.PackageIn)["file"], actor=self.actor, now=self.now)
        return Response(counts, status=201 if is_new else 200)
