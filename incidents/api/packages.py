"""Sealed packages over the API: the list, the files, and the public keys with which anybody checks them."""

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import access
from exam_ops.core.api import Api
from exam_ops.core.api_parts import page, paged, refusals
from incidents.models import EvidencePackage, PackageOrder
from incidents.services import evidence_keys, package_files


class PackageOut(serializers.Serializer):
    id = serializers.IntegerField()
    plan = serializers.CharField(help_text="code")
    unit = serializers.CharField(help_text="code")
    site = serializers.CharField(help_text="code")
    number = serializers.IntegerField(help_text="in the plan's chain, from 1, without gaps")
    previous = serializers.CharField(allow_null=True, help_text="SHA-256 of the package before in the chain")
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text="bytes")
    key_id = serializers.CharField()
    made_at = serializers.DateTimeField()
    cause = serializers.ChoiceField(choices=PackageOrder.Cause.values)
    reason = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="by section")
    lost = serializers.ListField(child=serializers.CharField(), help_text="originals the store had lost")
    supersedes = serializers.IntegerField(
        allow_null=True, help_text="number of the site unit's package before"
    )
    is_latest = serializers.BooleanField(help_text="of its site unit")


class PackageQuery(serializers.Serializer):
    plan = serializers.CharField(required=False, max_length=40)
    unit = serializers.CharField(required=False, max_length=20)
    site = serializers.CharField(required=False, max_length=20)


class KeyOut(serializers.Serializer):
    key_id = serializers.CharField()
    algorithm = serializers.CharField()
    public_key = serializers.CharField(help_text="base64 of 32 bytes")
    first_used_at = serializers.DateTimeField(allow_null=True)
    is_current = serializers.BooleanField()


class Packages(Api):
    """Sealed packages of the caller's places, the latest first; one that was superseded stays."""

    action = "package.see"

    @extend_schema(
        operation_id="evidence_packages_list",
        parameters=[PackageQuery],
        responses={200: paged("PackagePage", PackageOut)},
    )
    def get(self, request: Request) -> Response:
        ways = {"plan": "plan__code", "unit": "site_unit__unit__code", "site": "site_unit__site__code"}
        rows = access.visible(self.actor, EvidencePackage, self.action).filter(
            **{ways[name]: value for name, value in self.query(PackageQuery).items()}
        )
        rows = rows.select_related(
            "plan", "site_unit__unit", "site_unit__site", "supersedes", "superseded_by"
        )
        return page(self, rows, _told, order=("-made_at", "-pk"))


class PackageFile(Api):
    """One package as it stands in the store; each download is recorded."""

    action = "package.download"

    @extend_schema(
        operation_id="evidence_packages_file",
        description="`Repr-Digest` carries the SHA-256 of the whole file.",
        parameters=[OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH)],
        responses={
            (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY),
            **refusals(s403="not_allowed", s404="not_found"),
        },
    )
    def get(self, request: Request, id: int) -> HttpResponseBase:
        rows = EvidencePackage.objects.select_related("site_unit__site", "site_unit__unit__plan")
        package = access.get(self.actor, EvidencePackage, self.action, rows, pk=id)
        return package_files.download(package, actor=self.actor, now=self.now)


class EvidenceKeys(Api):
    """Every public key that ever signed a package, the newest first. Compare with what headquarters publish."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="evidence_keys_list", auth=[], responses={200: KeyOut(many=True)})
    def get(self, request: Request) -> Response:
        return Response(
            [
                {
                    "key_id": key.key_id,
                    "algorithm": "Ed25519",
                    "public_key": key.public_key,
                    "first_used_at": key.first_used_at,
                    "is_current": key.is_current,
                }
                for key in evidence_keys.published()
            ]
        )


def _told(row: EvidencePackage) -> dict[str, Any]:
    older = row.supersedes
    return {
        "id": row.pk,
        "plan": row.plan.code,
        "unit": row.site_unit.unit.code,
        "site": row.site_unit.site.code,
        "number": row.number,
        "previous": row.previous or None,
        "sha256": row.sha256,
        "size": row.size,
        "key_id": row.key_id,
        "made_at": row.plan.plan_time(row.made_at).isoformat(),
        "cause": row.cause,
        "reason": row.reason,
        "counts": row.counts,
        "lost": row.lost,
        "supersedes": older.number if older else None,
        "is_latest": not hasattr(row, "superseded_by"),
    }
