"""API tokens: opaque, stored hashed, revocable one by one."""

from knox.crypto import hash_token
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from exam_ops.core import clock, errors
from exam_ops.core.models import AccessToken, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <opaque>`; the hash is the key of the row, so a revocation holds at once."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        parts = get_authorization_header(request).split()
        if not parts:
            return None
        if len(parts) != 2 or parts[0].lower() != b"token":
            raise errors.NotAuthenticated()
        try:
            digest = hash_token(parts[1].decode("ascii"))
        except (UnicodeDecodeError, ValueError):
            raise errors.NotAuthenticated() from None
        token = AccessToken.objects.select_related("user").filter(digest=digest).first()
        now = clock.now()
        if token is None or not token.user.is_active or (token.expiry and token.expiry <= now):
            raise errors.NotAuthenticated()
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"
