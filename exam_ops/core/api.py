"""What every API endpoint shares: actor, clock, problem details, cursor pages."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, JsonResponse
from django.utils import translation
from drf_standardized_errors.formatter import flatten_errors
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView, set_rollback

from exam_ops.core import clock, errors, wanted
from exam_ops.core.access import Actor, actor_for
from exam_ops.core.errors import FieldError, Refusal
from exam_ops.core.idempotency import once
from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan, User

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"


class Api(APIView):
    """An endpoint: `self.now` and `self.actor` stand ready, refusals become problem details.

    The language of answers follows Accept-Language, Chinese by default.
    """

    actor: Actor
    now: datetime
    action: ClassVar[str] = ""  # what the actor must be allowed to do somewhere, else 403
    exam_time: str = ""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.exam_time:
            response["Exam-Time"] = self.exam_time
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.now = clock.now()
        self.refuse_long_json(request)
        self.refuse_nul(request)
        super().initial(request, *args, **kwargs)
        if isinstance(request.user, User):
            self.actor = actor_for(
                request.user, now=self.now, device_id=getattr(request.auth, "device_id", None)
            )
            if self.action:
                self.actor.require(self.action)

    def refuse_long_json(self, request: Request) -> None:
        """DRF reads a JSON body past Django's own limit: it is held to it here."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        if (
            request.content_type == "application/json"
            and int(request.META.get("CONTENT_LENGTH") or 0) > limit
        ):
            raise errors.TooLarge(limit_mb=limit // 2**20)

    def refuse_nul(self, request: Request) -> None:
        """No text of ours holds a NUL, and PostgreSQL takes none."""
        if wrong := [
            name for name, values in request.query_params.lists() if "\0" in "".join((name, *values))
        ]:
            raise errors.Invalid(
                errors=[FieldError(name, "invalid", errors.Invalid.sentence) for name in wrong]
            )

    def permission_denied(
        self, request: Request, message: str | None = None, code: str | None = None
    ) -> NoReturn:
        if request.user is None:
            raise errors.NotAuthenticated()
        raise errors.NotAllowed()

    def about(self, plan: ExamPlan) -> None:
        """The answer is about `plan`: it carries `Exam-Time`, the plan's clock."""
        self.exam_time = plan.plan_time(self.now).isoformat()

    def body(self, kind: type[Serializer]) -> dict[str, Any]:
        """What the body says. Raises DRF's `ValidationError` (422 `invalid`)."""
        return _checked(kind(data=self.request.data))

    def query(self, kind: type[Serializer]) -> dict[str, Any]:
        """What the address asks for. Raises as `body` does."""
        return _checked(kind(data=self.request.query_params))

    def create_once(
        self,
        kind: str,
        fields: dict[str, Any],
        create: Callable[[], dict[str, Any]],
        *,
        plan: ExamPlan | None = None,
    ) -> Response:
        """201 with what `create` makes of a body that carries an `id`; the same again is 200 with that answer.

        `fields`: all that the body and the address say. Raises `IdReused`, and what `create` raises.
        """
        told, is_new = once(
            fields["id"],
            kind=kind,
            user=self.actor.user,
            fields=fields,
            now=self.now,
            plan=plan,
            create=create,
        )
        return Response(told, status=201 if is_new else 200)

    def on_plan_clock(self, at: datetime | None, plan: ExamPlan) -> datetime | None:
        """A time from the body as plan time: a drill's caller may send real times (`Exam-Clock: device`)."""
        if at is None or self.request.headers.get("Exam-Clock", "").lower() != "device":
            return at
        return plan.plan_time(at)

    def skew(self, sent_at: datetime | None, plan: ExamPlan) -> timedelta | None:
        """received − sent_at on the plan's clock; None is unknown."""
        sent = self.on_plan_clock(sent_at, plan)
        return None if sent is None else plan.plan_time(self.now) - sent


def _checked(given: Serializer) -> dict[str, Any]:
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class CursorPages(CursorPagination):
    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "-pk"


def problem(refusal: Refusal) -> dict[str, Any]:
    """The RFC 9457 members of a refusal in the active language."""
    return {
        "type": f"/api/v1/docs/#{refusal.code}",
        "title": say(refusal.title),
        "status": refusal.status,
        "detail": say(refusal.detail),
        "code": refusal.code,
        "errors": [{"field": e.field, "code": e.code, "detail": say(e.detail)} for e in refusal.errors],
        **{k: _told(v) for k, v in refusal.extra.items()},
    }


def _told(value: Any) -> Any:
    """A member of the answer with every sentence in the active language, however deep it stands."""
    match value:
        case errors.Text():
            return say(value)
        case dict():
            return {k: _told(v) for k, v in value.items()}
        case list() | tuple():
            return [_told(v) for v in value]
        case _:
            return value


_TOLD_AS: tuple[tuple[tuple[type[Exception], ...], Callable[[], Refusal]], ...] = (
    ((exceptions.ParseError,), errors.Malformed),
    ((exceptions.NotAuthenticated, exceptions.AuthenticationFailed), errors.NotAuthenticated),
    ((exceptions.PermissionDenied, PermissionDenied), errors.NotAllowed),
    ((exceptions.NotFound, Http404), errors.NotFound),
    ((exceptions.UnsupportedMediaType, exceptions.NotAcceptable), errors.WrongMedia),
    ((exceptions.MethodNotAllowed,), errors.MethodNotAllowed),
    ((RequestDataTooBig,), lambda: errors.TooLarge(limit_mb=10)),
    ((SuspiciousOperation,), errors.Malformed),  # forms of too many fields or files
    ((OperationalError, InterfaceError), lambda: errors.Unavailable(retry_after=2)),
)


def problem_handler(exc: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: every failure leaves as problem details."""
    refusal = as_refusal(exc)
    if isinstance(refusal, errors.InternalError | errors.Unavailable):
        log.exception("unhandled error in %s", context.get("view"), exc_info=exc)
    set_rollback()
    view = context.get("view")
    if isinstance(refusal, errors.OutOfScope) and isinstance(view, Api):
        wanted.note(refusal, view.actor, now=view.now)
    response = Response(problem(refusal), status=refusal.status, content_type=PROBLEM_TYPE)
    if isinstance(refusal, errors.NotAuthenticated):
        response["WWW-Authenticate"] = "Token"
    if "retry_after" in refusal.extra:
        response["Retry-After"] = str(refusal.extra["retry_after"])
    return response


def as_refusal(exc: Exception) -> Refusal:
    """Any exception as the refusal that the caller is told."""
    if isinstance(exc, Refusal):
        return exc
    if isinstance(exc, exceptions.ValidationError):
        return errors.Invalid(errors=[_field_error(e) for e in flatten_errors(exc.detail)])
    if isinstance(exc, exceptions.Throttled):
        return errors.TooMany(retry_after=int(getattr(exc, "wait", None) or 1))
    for kinds, refusal in _TOLD_AS:
        if isinstance(exc, kinds):
            return refusal()
    return errors.InternalError()


def _field_error(error: Any) -> FieldError:
    return FieldError(error.attr or "", error.code, error.detail)


def not_found(request: Any, exception: Exception | None = None) -> JsonResponse:
    """Unknown addresses below /api/."""
    with translation.override(translation.get_language_from_request(request)):
        return JsonResponse(problem(errors.NotFound()), status=404, content_type=PROBLEM_TYPE)
