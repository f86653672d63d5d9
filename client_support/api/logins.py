"""Logins of exam clients: no token yet, the ticket and the address of the site speak for them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from client_support.api import serializers as bodies
from client_support.models import ClientLogin
from client_support.services import answers, logins, sessions, submissions
from client_support.services.gate import Knock
from exam_ops.core.addresses import of_request
from exam_ops.core.api import Api
from exam_ops.core.fields import blind_index
from exam_ops.core.idempotency import fingerprint
from exam_ops.core.language import say
from exam_ops.rules.text import Text

Status = ClientLogin.Status

POLL_AFTER = 5  # seconds

MESSAGES = {
    Status.WAITING_ENTRY: Text("待主考审批", "Waiting for the chief examiner's approval"),
    Status.WAITING_AUTHORISATION: Text(
        "该考生非首次登录，请监考教师联系主考/考点管理员授权登录",
        "Not this candidate's first login: the proctor asks the chief examiner or site administrator to authorise it",
    ),
    Status.DENIED: Text(
        "登录未获授权，请监考教师联系主考/考点管理员",
        "The login was denied; the proctor asks the chief examiner or site administrator",
    ),
    Status.EXPIRED: Text("本次登录已失效，请重新登录", "This login is no longer good; log in again"),
}
MESSAGES[Status.AUTHORISED] = MESSAGES[Status.WAITING_AUTHORISATION]

_STATE = PolymorphicProxySerializer(
    component_name="LoginState",
    serializers=[bodies.AdmittedOut, bodies.WaitingOut, bodies.EndedOut],
    resource_type_field_name=None,
)
_ADMITTED = OpenApiExample(
    "admitted",
    value={
        "status": "admitted",
        "login": "0d6f2ba4-0c4f-4d7e-9b5e-3f9d2f6a4c10",
        "session": "5a1d6b1e-6f0b-4a53-8f6c-5b6f6f0e7a11",
        "token": "9f2c…",
        "export_key": "41d0…",
        "answers": [{"question": "1", "value": "B", "answered_at": "2025-12-06T08:41:02+08:00"}],
        "unit_end": "2025-12-06T10:00:00+08:00",
    },
    response_only=True,
    status_codes=["200", "201"],
)
_WAITING = OpenApiExample(
    "waiting",
    value={
        "status": "waiting",
        "login": "0d6f2ba4-0c4f-4d7e-9b5e-3f9d2f6a4c10",
        "waiting_for": "authorisation",
        "poll_after_s": POLL_AFTER,
        "message": MESSAGES[Status.WAITING_AUTHORISATION].zh,
    },
    response_only=True,
    status_codes=["202"],
)
_KNOCK = OpenApiExample(
    "login",
    value={
        "id": "0d6f2ba4-0c4f-4d7e-9b5e-3f9d2f6a4c10",
        "ticket_no": "2025120100301",
        "id_no_last4": "002X",
        "machine_id": "PC-301-07",
        "client_version": "1.2.2-0",
        "os": "Windows 10",
        "sent_at": "2025-12-06T08:10:00+08:00",
    },
    request_only=True,
)


class Ascii(JSONRenderer):
    """Answers come back as they were given, even a broken character."""

    ensure_ascii = True


class LoginState(Api):
    """What both calls share: the state of a login as the contract writes it."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (Ascii,)

    def state_of(self, login: ClientLogin) -> dict[str, Any]:
        unit = login.sitting.site_unit
        self.about(unit.unit.plan)
        if login.status == Status.ADMITTED:
            return self.admitted(login)
        message = {"login": login.pk, "message": say(MESSAGES[Status(login.status)])}
        if login.status in ClientLogin.OPEN:
            waits_for = "entry" if login.status == Status.WAITING_ENTRY else "authorisation"
            return {"status": "waiting", "waiting_for": waits_for, "poll_after_s": POLL_AFTER, **message}
        return {"status": login.status, "reason": login.reason, **message}

    def admitted(self, login: ClientLogin) -> dict[str, Any]:
        session = logins.session_of(login)
        assert session is not None
        token = sessions.token_of(session, now=self.now)
        return {
            "status": "admitted",
            "login": login.pk,
            "session": session.pk,
            "token": token,
            "export_key": session.export_key if token else None,
            "answers": [
                {"question": row.question, "value": row.value, "answered_at": row.answered_at}
                for row in (answers.standing(login.sitting) if token else [])
            ],
            "unit_end": submissions.unit_end(login.sitting),
        }


class Logins(LoginState):
    @extend_schema(
        summary="Log an exam client in",
        description="Open from `entry_opens` to the unit's end, from an address registered for the candidate's own site.",
        request=bodies.LoginIn,
        responses={200: _STATE, 201: bodies.AdmittedOut, 202: bodies.WaitingOut},
        examples=[_KNOCK, _ADMITTED, _WAITING],
    )
    def post(self, request: Request) -> Response:
        """Log an exam client in."""
        fields = self.body(bodies.LoginIn)
        knock = Knock(
            **{
                name: fields[name]
                for name in ("ticket_no", "id_no_last4", "machine_id", "client_version", "os")
            },
            seen_ip=of_request(request._request),
        )
        login, is_new = logins.log_in(
            fields["id"],
            knock,
            fingerprint=blind_index(fingerprint(fields)),
            sent_at=fields.get("sent_at"),
            now=self.now,
        )
        state = self.state_of(login)
        if not is_new:
            return Response(state)
        return Response(state, status=201 if login.status == Status.ADMITTED else 202)


class Login(LoginState):
    @extend_schema(
        summary="The current state of a login",
        description="Asked from the site's address. The same token until its first use, at most 10 minutes.",
        responses={200: _STATE},
        examples=[_ADMITTED],
    )
    def get(self, request: Request, id: UUID) -> Response:
        """The current state of a login."""
        return Response(self.state_of(logins.state(id, of_request(request._request), now=self.now)))
