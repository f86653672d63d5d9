"""Machines that say what they are (B6): no token, from a registered address."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from client_support.api import serializers as bodies
from client_support.services import reports
from exam_ops.core.addresses import of_request
from exam_ops.core.api import Api
from exam_ops.core.language import say
from exam_ops.rules.text import Text


class Reports(Api):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        summary="Report a machine's facts",
        description="Problems warn, they never keep anybody out.",
        request=bodies.ReportIn,
        responses={201: bodies.ReportOut, 200: bodies.ReportOut},
        examples=[
            OpenApiExample(
                "machine",
                value={
                    "id": "f1c1f0de-3f4b-4a52-8d5b-7f6c3a2b1c0d",
                    "machine_id": "PC-301-07",
                    "client_version": "1.2.2-0",
                    "os": "Windows 10 64-bit",
                    "memory_mb": 8192,
                    "disk_gb": 512,
                    "opengl": "4.6.0",
                    "directx": "12",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Report a machine's facts."""
        answer, is_new = reports.take_report(
            self.body(bodies.ReportIn), seen_ip=of_request(request._request), now=self.now
        )
        problems = [{"code": p["code"], "detail": say(Text(p["zh"], p["en"]))} for p in answer["problems"]]
        return Response({"id": answer["id"], "problems": problems}, status=201 if is_new else 200)
