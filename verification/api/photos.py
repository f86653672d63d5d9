"""Photos: sent by phones as raw bytes, looked at by those who may."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core import links, photo_views
from exam_ops.core.api import Api
from exam_ops.core.api_parts import ID_IN_PATH, AnyAccept, refusals
from verification.api.shared import FromPhone
from verification.models import EntryRequest, ProctorSignIn, SignIn
from verification.selectors import photos as shown
from verification.services import photos

BYTES = {"image/jpeg": OpenApiTypes.BINARY, "image/heic": OpenApiTypes.BINARY}
PICTURE = {(200, "image/jpeg"): OpenApiTypes.BINARY, (200, "image/heic"): OpenApiTypes.BINARY}
CACHE = "private, max-age=300"
REFUSED = refusals(
    s403="not_allowed",
    s404="not_found",
    s409="photo_differs",
    s413="too_large",
    s415="unsupported_media_type",
    s507="storage_full",
)


class PhotoOut(serializers.Serializer):
    id = serializers.UUIDField()
    sha256 = serializers.CharField()


class Photo(FromPhone):
    """The photo of one record: `PUT` the bytes of a JPEG or HEIC, decided by content; `GET` shows it."""

    content_negotiation_class = AnyAccept
    model: ClassVar[Any]

    def put(self, request: Request, pk: UUID) -> Response:
        sha256, is_new = photos.put(self.model, pk, _body(request), actor=self.actor, now=self.now)
        return Response({"id": str(pk), "sha256": sha256}, status=201 if is_new else 200)

    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        return show(self, shown.as_sent(self.actor, self.model, pk), is_original=True)


def _body(request: Request) -> Any:
    """The raw bytes, not read yet."""
    return b"" if request.stream is None else request.stream


def show(api: Api, found: shown.Shown, *, is_original: bool) -> HttpResponseBase:
    """The picture itself, to the token that asks: phones follow no links. Who looked is written down (E9)."""
    photo_views.record(found.look(is_original=is_original), user=api.actor.user, now=api.now)
    response = links.serve(links.Linked(found.picture.served))
    response["Cache-Control"] = CACHE
    return response


def documented(name: str, of: str) -> Any:
    """The schema annotations of one kind of photo."""
    return extend_schema_view(
        put=extend_schema(
            operation_id=f"{name}_photo_put",
            description=f"Stores the photo of {of}; the same bytes again answer 200.",
            parameters=[ID_IN_PATH],
            request=BYTES,
            responses={201: PhotoOut, 200: PhotoOut, **REFUSED},
        ),
        get=extend_schema(
            operation_id=f"{name}_photo",
            description=f"The photo of {of}, as it was sent.",
            parameters=[ID_IN_PATH],
            responses={**PICTURE, **refusals(s403="not_allowed, out_of_scope", s404="not_found")},
        ),
    )


@documented("sign_in", "a sign-in")
class SignInPhoto(Photo):
    model = SignIn


@documented("proctor_sign_in", "a proctor's own check")
class ProctorSignInPhoto(Photo):
    model = ProctorSignIn


@documented("entry_request", "an entry request")
class EntryRequestPhoto(Photo):
    model = EntryRequest


class SittingPhoto(Api):
    """The reference photo of a candidate, as `photo_url` of the roster names it."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="sitting_photo",
        responses={**PICTURE, **refusals(s403="not_allowed, out_of_scope", s404="not_found")},
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return show(self, shown.reference(self.actor, pk), is_original=False)
