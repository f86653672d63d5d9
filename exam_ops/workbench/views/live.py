"""Pages whose middle is polled: one address gives the page, and to htmx its live fragment alone."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from exam_ops.core.pages import Page


class LivePage(Page):
    """`fragment` is the template of the polled part; it is included by `template`."""

    fragment: ClassVar[str] = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def answer(self, mark: Callable[[], Any], draw: Callable[[], dict[str, Any]]) -> HttpResponseBase:
        """The fragment to a poll (304 while `mark()` stands), else the whole page."""
        if not getattr(self.request, "htmx", False):
            response = self.show(draw())
            response["Cache-Control"] = "private, no-cache"
            return response
        grants = [str(grant) for grant in self.actor.grants]
        answer = self.live((self.actor.user.pk, grants, mark()), lambda: self.fragment_of(draw()))
        plan = getattr(self.request, "exam_plan", None)
        answer["X-Clock-Now"] = (plan.plan_time(self.now) if plan else self.now).isoformat()
        return answer

    def fragment_of(self, context: dict[str, Any]) -> HttpResponse:
        return self.show(context, template=self.fragment)
