"""What the endpoints of the door share: instants and phones."""

from exam_ops.core.api import Api
from exam_ops.core.api_parts import Instant
from exam_ops.core.errors import NotAllowed

__all__ = ["FromPhone", "Instant"]


class FromPhone(Api):
    """An endpoint that a token without a phone may not use (contract, *Sign-in of people*)."""

    def require_phone(self) -> None:
        if self.actor.device_id is None:
            raise NotAllowed()
