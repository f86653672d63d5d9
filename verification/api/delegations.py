"""副主考授权 over the API: lend, list, take back (C3)."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api
from exam_ops.core.api_parts import Key, page, paged, refusals
from exam_ops.core.models import Delegation, ExamSite
from verification.api.shared import Instant
from verification.selectors.delegations import SEE, State, delegations, state_of
from verification.services.delegations import ACTION, Lending, grant, revoke

ROWS = Delegation.objects.select_related("site__branch", "deputy", "granted_by", "revoked_by")


class DelegationIn(serializers.Serializer):
    id = serializers.UUIDField()
    site = serializers.CharField(max_length=20, help_text="Code of the site.")
    deputy = Key(help_text="Account of a site administrator or proctor of that site.")
    reason = serializers.CharField(max_length=200)
    valid_from = Instant(required=False, allow_null=True, default=None, help_text="Real time; default now.")
    valid_until = Instant(
        required=False,
        allow_null=True,
        default=None,
        help_text="Real time; default: end of the last unit today.",
    )


class DelegationOut(serializers.Serializer):
    delegation = serializers.IntegerField()
    site = serializers.CharField()
    deputy = serializers.IntegerField()
    deputy_name = serializers.CharField()
    reason = serializers.CharField()
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    granted_by = serializers.CharField()
    granted_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=[s.value for s in State])
    revoked_by = serializers.CharField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class DelegationQuery(serializers.Serializer):
    site = serializers.CharField(required=False, max_length=20)


class OfDelegation(Api):
    def answer(self, row: Delegation) -> dict[str, Any]:
        return {
            "delegation": row.pk,
            "site": row.site.code,
            "deputy": row.deputy_id,
            "deputy_name": row.deputy.name,
            "reason": row.reason,
            "valid_from": row.valid_from.isoformat(),
            "valid_until": row.valid_until.isoformat(),
            "granted_by": row.granted_by.name,
            "granted_at": row.granted_at.isoformat(),
            "state": state_of(row, now=self.now).value,
            "revoked_by": row.revoked_by.name if row.revoked_by else None,
            "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
        }


class Delegations(OfDelegation):
    """Lends a chief's powers for a part of today, and lists who lent what to whom."""

    @extend_schema(
        operation_id="delegation_create",
        request=DelegationIn,
        responses={
            201: DelegationOut,
            200: DelegationOut,
            **refusals(
                s403="not_allowed (also for a deputy)",
                s404="not_found",
                s409="no_unit_today, already_deputy, id_reused",
                s422="invalid (`oneself`, `no_role_there`, `not_today`, `past`)",
            ),
        },
        examples=[
            OpenApiExample(
                "until the last unit of today",
                request_only=True,
                value={
                    "id": "7d5b9f3b-8eaf-4ab1-8c43-4d5e6f708192",
                    "site": "A1",
                    "deputy": 12,
                    "reason": "主考巡视其他楼层",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        self.actor.require(ACTION)
        data = self.body(DelegationIn)
        site = access.get(self.actor, ExamSite, ACTION, code=data["site"])
        asked = Lending(data["deputy"], data["reason"], data["valid_from"], data["valid_until"])
        return self.create_once(
            "delegation", data, lambda: self.answer(grant(asked, site=site, actor=self.actor, now=self.now))
        )

    @extend_schema(
        operation_id="delegation_list",
        parameters=[DelegationQuery],
        responses={200: paged("DelegationPage", DelegationOut), **refusals(s403="not_allowed")},
    )
    def get(self, request: Request) -> Response:
        self.actor.require(SEE)
        return page(
            self,
            delegations(self.actor, **self.query(DelegationQuery)),
            self.answer,
            order=("-granted_at", "-pk"),
        )


class DelegationRevocation(OfDelegation):
    """Takes a delegation back: in force at once."""

    action = ACTION

    @extend_schema(
        operation_id="delegation_revoke",
        request=None,
        responses={
            201: DelegationOut,
            200: DelegationOut,
            **refusals(s403="not_allowed", s404="not_found", s409="delegation_over"),
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        row = access.get(self.actor, Delegation, self.action, ROWS, pk=pk)
        done, is_new = revoke(row, actor=self.actor, now=self.now)
        return Response(self.answer(done), status=201 if is_new else 200)
