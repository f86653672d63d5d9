"""What the endpoints of the door share: instants and phones."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from exam_ops.core.api import Api
from exam_ops.core.errors import NotAllowed

YEARS = range(2000, 2200)


class Instant(serializers.DateTimeField):
    """A time with offset, in a year that clocks can show."""

    def to_internal_value(self, value: Any) -> datetime:
        at = super().to_internal_value(value)
        if at.year not in YEARS:
            self.fail("invalid", format="RFC 3339")
        return at


class FromPhone(Api):
    """An endpoint that a token without a phone may not use (contract, *Sign-in of people*)."""

    def require_phone(self) -> None:
        if self.actor.device_id is None:
            raise NotAllowed()
