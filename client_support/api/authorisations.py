"""Decisions on logins that are not the first (D9)."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from client_support.api import serializers as bodies
from client_support.services import authorisations
from client_support.services.authorisations import Decided
from exam_ops.core.api import Api


class Decisions(Api):
    action = authorisations.ACTION

    @extend_schema(
        summary="Authorise or deny logins, one or many",
        description=(
            "By chief or site administrator; each login has its own answer. Codes of a rejected one: `unknown_sitting "
            "not_allowed not_open entry_pending expired already_decided already_admitted`."
        ),
        request=bodies.DecisionsIn,
        responses={200: bodies.DecisionsOut},
        examples=[
            OpenApiExample(
                "authorise",
                value={
                    "logins": ["0d6f2ba4-0c4f-4d7e-9b5e-3f9d2f6a4c10"],
                    "outcome": "authorised",
                    "reason": "机器故障，更换机器",
                },
                request_only=True,
            ),
            OpenApiExample(
                "decided",
                value={
                    "results": [
                        {
                            "login": "0d6f2ba4-0c4f-4d7e-9b5e-3f9d2f6a4c10",
                            "status": "authorised",
                            "code": "",
                            "outcome": "authorised",
                            "decided_by": "林老师",
                            "decided_at": "2025-12-06T08:42:10+08:00",
                        }
                    ]
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Authorise or deny logins, one or many."""
        said = self.body(bodies.DecisionsIn)
        decided = authorisations.decide(
            said["logins"],
            said["outcome"],
            reason=said["reason"],
            actor=self.actor,
            now=self.now,
        )
        return Response({"results": [self.row(each) for each in decided]})

    def row(self, each: Decided) -> dict[str, object]:
        login = each.login
        plan = login.sitting.site_unit.unit.plan if login else None
        if plan is not None:
            self.about(plan)
        return {
            "login": each.login_id,
            "status": each.status,
            "code": each.code,
            "outcome": login.outcome if login else "",
            "decided_by": login.decided_by.name if login and login.decided_by else None,
            "decided_at": plan.plan_time(login.decided_at) if login and plan and login.decided_at else None,
        }
