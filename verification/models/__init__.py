"""The door's own tables, by what they are about; import them from here."""

from verification.models.door import (
    AppRelease,
    EntryRequest,
    Outcome,
    PhoneTally,
    ProctorSignIn,
    SignIn,
)

__all__ = [
    "AppRelease",
    "EntryRequest",
    "Outcome",
    "PhoneTally",
    "ProctorSignIn",
    "SignIn",
]
