"""Sign-in of people, and which App they need (contract, *Sign-in of people*)."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core.api import Api
from exam_ops.core.api_parts import refusals
from exam_ops.core.language import say
from verification.selectors.releases import Phone, judge
from verification.services import tokens

MAX_MEMORY_MB = 2**31 - 1


class DeviceIn(serializers.Serializer):
    platform = serializers.CharField(max_length=20)
    app_version = serializers.CharField(max_length=32, allow_blank=True)
    os_version = serializers.CharField(max_length=32, allow_blank=True)
    model = serializers.CharField(max_length=64, allow_blank=True, allow_null=True, required=False)
    memory_mb = serializers.IntegerField(
        min_value=0, max_value=MAX_MEMORY_MB, allow_null=True, required=False
    )
    form_factor = serializers.CharField(max_length=10, allow_blank=True)
    device_id = serializers.CharField(max_length=100)


class TokenIn(serializers.Serializer):
    username = serializers.CharField(max_length=64)
    password = serializers.CharField(max_length=256, trim_whitespace=False)
    device = DeviceIn(required=False, allow_null=True, help_text="From a phone: what it is.")


class UserOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())


class TokenOut(serializers.Serializer):
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    user = UserOut()


class Tokens(Api):
    """Signs a person in and gives a token; from a phone it is bound to that phone."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="auth_token_create",
        auth=[],
        request=TokenIn,
        responses={
            201: TokenOut,
            **refusals(
                s401="bad_credentials",
                s423="locked",
                s426="app_update_required (`minimum_version`, `download_url`)",
                s403="device_unsupported (`problems[{code, detail}]`), proctor_not_certified",
            ),
        },
        examples=[
            OpenApiExample(
                "from a phone",
                request_only=True,
                value={
                    "username": "proctor-301-1",
                    "password": "an example only",
                    "device": {
                        "platform": "android",
                        "app_version": "4.0.0",
                        "os_version": "13",
                        "model": "Example A1",
                        "memory_mb": 7800,
                        "form_factor": "phone",
                        "device_id": "a1b2c3",
                    },
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        data = self.body(TokenIn)
        device = dict(data.get("device") or {})
        device_id = device.pop("device_id", "")
        issued = tokens.login(
            username=data["username"],
            password=data["password"],
            phone=Phone(**device) if device else None,
            device_id=device_id,
            request=request._request,
            now=self.now,
        )
        user = issued.actor.user
        told = {
            "token": issued.token,
            "expires_at": issued.expires_at.isoformat(),
            "user": {"id": user.pk, "name": user.name, "roles": issued.actor.roles},
        }
        return Response(told, status=201)


class CurrentToken(Api):
    """Signs out: the token used ends at once, everywhere."""

    @extend_schema(operation_id="auth_token_revoke", responses={204: None})
    def delete(self, request: Request) -> Response:
        token: Any = request.auth
        tokens.revoke(token, actor=self.actor.user, now=self.now)
        return Response(status=204)


class ReleaseQuery(serializers.Serializer):
    platform = serializers.CharField(max_length=20)
    app_version = serializers.CharField(max_length=64, required=False, allow_blank=True)
    os_version = serializers.CharField(max_length=64, required=False, allow_blank=True)
    model = serializers.CharField(max_length=64, required=False, allow_blank=True)
    memory_mb = serializers.IntegerField(min_value=0, max_value=MAX_MEMORY_MB, required=False)
    form_factor = serializers.CharField(max_length=20, required=False, allow_blank=True)


class PhoneProblemOut(serializers.Serializer):
    code = serializers.ChoiceField(
        choices=[
            "app_too_old",
            "os_too_old",
            "memory_too_small",
            "model_too_old",
            "tablet",
            "unknown_platform",
            "unreadable_version",
        ]
    )
    detail = serializers.CharField()


class ReleaseOut(serializers.Serializer):
    supported = serializers.BooleanField(help_text="Whether the phone will do, once its App is up to date.")
    update_required = serializers.BooleanField()
    minimum_version = serializers.CharField(allow_null=True)
    latest_version = serializers.CharField(allow_null=True)
    download_url = serializers.CharField(allow_null=True)
    problems = PhoneProblemOut(many=True)


class Releases(Api):
    """Which App a platform needs, and whether a phone will do: facts that are not named are not judged."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="app_release",
        auth=[],
        parameters=[ReleaseQuery],
        responses={200: ReleaseOut},
        examples=[
            OpenApiExample(
                "an old App",
                response_only=True,
                value={
                    "supported": True,
                    "update_required": True,
                    "minimum_version": "4.0.0",
                    "latest_version": "4.0.0",
                    "download_url": "https://example.com/app",
                    "problems": [{"code": "app_too_old", "detail": "App 版本 3.9.9 过低，须 4.0.0 及以上。"}],
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        verdict = judge(Phone(**self.query(ReleaseQuery)), now=self.now)
        release: Any = verdict.release
        return Response(
            {
                "supported": verdict.supported,
                "update_required": verdict.update_required,
                "minimum_version": release.minimum_version if release else None,
                "latest_version": release.latest_version if release else None,
                "download_url": release.download_url if release else None,
                "problems": [{"code": p.code, "detail": say(p.detail)} for p in verdict.problems],
            }
        )
