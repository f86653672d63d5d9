"""What every page shares: actor, clock, refusals in words, live fragments with an ETag."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import render
from django.views import View

from exam_ops.core import clock, wanted
from exam_ops.core.access import Actor, actor_for
from exam_ops.core.errors import OutOfScope, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan


class PortalRequest(HttpRequest):
    """A request with what a page laid on it for its frame."""

    actor: Actor
    exam_plan: ExamPlan
    LANGUAGE_CODE: str


class Page(View):
    """A page for a signed-in person: `self.now`, `self.actor`; `action` is what the actor must hold somewhere."""

    request: PortalRequest
    actor: Actor
    now: datetime
    action: ClassVar[str] = ""
    template: ClassVar[str] = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        self.now = clock.now()
        self.actor = self.request.actor = actor_for(request.user, now=self.now)
        if self.action:
            self.actor.require(self.action)
        return super().dispatch(request, *args, **kwargs)

    def show(
        self, context: dict[str, Any] | None = None, *, template: str = "", status: int = 200
    ) -> HttpResponse:
        """Renders the page (or the named template) with `context`."""
        return render(self.request, template or self.template, context or {}, status=status)

    def about(self, plan: ExamPlan) -> None:
        """The page is about `plan`: its clock is shown, and a drill's bar."""
        self.request.exam_plan = plan

    def live(self, mark: Any, draw: Callable[[], HttpResponse]) -> HttpResponseBase:
        """A polled fragment: 304 when `mark` (revisions, language, drill offset) is what the caller has."""
        etag = f'"{hashlib.sha256(repr((mark, self.request.LANGUAGE_CODE)).encode()).hexdigest()[:24]}"'
        response: HttpResponseBase
        if self.request.headers.get("If-None-Match") == etag:
            response = HttpResponseNotModified(headers={"ETag": etag})
        else:
            response = draw()
            response["ETag"] = etag
            response["Cache-Control"] = "private, no-cache"
        if plan := getattr(self.request, "exam_plan", None):
            response["X-Clock-Now"] = plan.plan_time(self.now).isoformat()  # follows a drill's jump
        return response

    def tell(self, sentence: Any) -> None:
        """A toast on the next page."""
        messages.success(self.request, say(sentence))

    def warn(self, refusal: Refusal) -> None:
        """A refusal as a toast on the next page."""
        messages.error(self.request, say(refusal.detail))


class RefusalMiddleware:
    """Renders a refusal that a page let through, with its sentence and the way back; knows no address with a NUL."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = "" if request.path_info.startswith("/api/") else request.META.get("QUERY_STRING", "")
        if "\0" in request.path_info or "%00" in asked:  # the API names the field itself
            raise Http404  # no text of ours holds one, and PostgreSQL takes none
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        actor = getattr(request, "actor", None)
        if isinstance(exception, OutOfScope) and actor is not None:
            wanted.note(exception, actor, now=clock.now())
        template = "refusal_fragment.html" if getattr(request, "htmx", False) else "refusal.html"
        return render(request, template, {"refusal": exception}, status=exception.status)
