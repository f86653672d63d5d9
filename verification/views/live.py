"""Pages of the door whose middle is polled: one address gives the page, and to htmx its live fragment alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from exam_ops.core.pages import Page


class LivePage(Page):
    """`fragment` is the template of the polled part; it stands in `template` as well."""

    action = "sign_in.see"
    fragment = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response

    @property
    def is_poll(self) -> bool:
        """Whether htmx asks for the fragment."""
        return bool(getattr(self.request, "htmx", False))

    def poll(self, mark: Any, offset: timedelta, draw: Callable[[], dict[str, Any]]) -> HttpResponseBase:
        """The fragment, or 304 when neither `mark` nor the actor's grants have changed; `offset` is the plan's."""
        grants = sorted(
            (g.role.value, g.branch_id or 0, g.site_id or 0, g.centre_id or 0) for g in self.actor.grants
        )
        response = self.live(
            (self.actor.user.pk, grants, mark, self.request.GET.urlencode()),
            lambda: self.show(draw(), template=self.fragment),
        )
        response["X-Clock-Now"] = (self.now + offset).isoformat()
        return response

    def page(self, context: dict[str, Any]) -> HttpResponse:
        """The whole page; kept by no cache but the browser's own, which asks first."""
        response = self.show(context)
        response["Cache-Control"] = "private, no-cache"
        return response
