"""Where links to stored files lead: one address for browsers, one for programs (see `links`)."""

from django.http import HttpRequest, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from exam_ops.core import links
from exam_ops.core.api import Api
from exam_ops.core.api_parts import AnyAccept, refusals
from exam_ops.core.links import Holder
from exam_ops.core.pages import Page

PICTURE = {(200, kind): OpenApiTypes.BINARY for kind in links.ENDINGS}


class FileLink(Page):
    """A stored file for the person and the browser session that the link was made for."""

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        return links.follow(token, browser(self), now=self.now)


class ApiFileLink(Api):
    """A stored file for the account and the token that the link was made for."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="file",
        description="Where an address of a picture leads: good for five minutes, for the token that asked.",
        responses={**PICTURE, **refusals(s404="not_found", s410="link_expired")},
    )
    def get(self, request: Request, token: str) -> HttpResponseBase:
        return links.follow(token, program(self), now=self.now)


def browser(page: Page) -> Holder:
    """Whoever looks at a page, in this session of theirs."""
    return Holder(page.actor.user, page.request.session.session_key or "")


def program(api: Api) -> Holder:
    """Whoever calls, by this token of theirs."""
    return Holder(api.actor.user, str(api.request.auth.pk))
