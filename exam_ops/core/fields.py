"""A text field that is encrypted at rest, and the keyed index by which it is looked up (E9)."""

import hashlib
import hmac
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key.encode()) for key in keys])


def encrypt(value: str) -> str:
    """`value` under the newest key of the ring; an empty text stays empty."""
    return _ring(tuple(settings.FIELD_KEYS)).encrypt(value.encode()).decode() if value else ""


def decrypt(stored: str) -> str:
    """The text again, under whichever key of the ring it was written with; raises `InvalidToken`."""
    return _ring(tuple(settings.FIELD_KEYS)).decrypt(stored.encode()).decode() if stored else ""


def blind_index(value: str) -> str:
    """The keyed look-up value of an ID number: equal numbers, equal index, useless without the key."""
    if not value:
        return ""
    return hmac.new(settings.BLIND_INDEX_KEY.encode(), value.encode(), hashlib.sha256).hexdigest()


class EncryptedField(models.TextField):
    """Text that only the application reads: ciphertext in the database, plain text on the instance."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value

    def get_prep_value(self, value: str | None) -> str | None:
        return encrypt(str(value)) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("isnull",):
            raise TypeError(f"an encrypted field can't be looked up by {lookup_name}; use its blind index")
        return super().get_lookup(lookup_name)


__all__ = ["EncryptedField", "InvalidToken", "blind_index", "decrypt", "encrypt"]
