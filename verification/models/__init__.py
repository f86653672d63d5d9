"""The door's own tables, by what they are about; import them from here."""

from verification.models.door import (
    EntryRequest,
    Outcome,
    PhoneTally,
    ProctorSignIn,
    SignIn,
)
from verification.models.phones import AppRelease, DeviceAdmission, LoginTry

__all__ = [
    "AppRelease",
    "DeviceAdmission",
    "EntryRequest",
    "LoginTry",
    "Outcome",
    "PhoneTally",
    "ProctorSignIn",
    "SignIn",
]
