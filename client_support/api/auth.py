"""The token of a client session: it speaks for one machine at one paper, never for a person."""

from dataclasses import dataclass

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from client_support.models import ClientSession
from client_support.services import sessions
from exam_ops.core import clock, errors


@dataclass(frozen=True, slots=True)
class Machine:
    """The caller behind a session token."""

    session: ClientSession
    is_authenticated: bool = True


class SessionTokenAuthentication(BaseAuthentication):
    """`Authorization: Token <token of the session>`."""

    def authenticate(self, request: Request) -> tuple[Machine, ClientSession] | None:
        parts = get_authorization_header(request).split()
        if not parts:
            return None
        if len(parts) != 2 or parts[0].lower() != b"token":
            raise errors.NotAuthenticated()
        session = sessions.of_token(parts[1].decode("latin-1"), now=clock.now())
        if session is None:
            raise errors.NotAuthenticated()
        return Machine(session), session

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class SessionTokenScheme(OpenApiAuthenticationExtension):
    target_class = SessionTokenAuthentication
    name = "clientSession"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <token>`, the token that an admitted login answers with; good for its own session alone.",
        }
