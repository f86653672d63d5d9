"""What endpoints of every floor are made of: keys, ids in addresses, pages, documented refusals."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import register_converter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from exam_ops.core.api import PROBLEM_TYPE, Api, CursorPages

MAX_KEY = 2**62
YEARS = range(2000, 2200)


class Key(serializers.IntegerField):
    """The primary key of a row of ours."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"min_value": 1, "max_value": MAX_KEY} | options))


class Instant(serializers.DateTimeField):
    """A time with offset, in a year that clocks can show."""

    def to_internal_value(self, value: Any) -> datetime:
        at = super().to_internal_value(value)
        if at.year not in YEARS:
            self.fail("invalid", format="RFC 3339")
        return at


class AnyAccept(BaseContentNegotiation):
    """A picture is a picture, whatever the caller accepts; problems are JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class AnyCaseUuid:
    """A UUID in an address as phones write it: iOS in capitals (`<any_case_uuid:pk>`)."""

    regex = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> UUID:
        return UUID(value)

    def to_url(self, value: Any) -> str:
        return str(value)


register_converter(AnyCaseUuid, "any_case_uuid")

ID_IN_PATH = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)


def refusals(**codes: str) -> dict[Any, OpenApiResponse]:
    """Documents refusals by status: `refusals(s409="already_pending, not_open")`."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        (int(status[1:]), PROBLEM_TYPE): OpenApiResponse(response=schema, description=f"`code`: {told}")
        for status, told in codes.items()
    }


def paged(name: str, row: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """The documented shape of a cursor page of `row`."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": row(many=True),
    }
    return type(name, (serializers.Serializer,), fields)


def page(
    api: Api,
    rows: QuerySet[Any],
    tell: Callable[[Any], dict[str, Any]],
    *,
    order: tuple[str, ...],
    size: int = 100,
) -> Response:
    """One cursor page of `rows`."""
    pages: Any = CursorPages()
    pages.ordering = order
    pages.page_size = size
    found = pages.paginate_queryset(rows, api.request, view=api)
    return pages.get_paginated_response([tell(row) for row in found or ()])
