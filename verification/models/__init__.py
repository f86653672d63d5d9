"""The door's own tables, by what they are about; import them from here."""

from verification.models.door import (
    EntryRequest,
    Outcome,
    PhoneTally,
    ProctorSignIn,
    SignIn,
)
from verification.models.held_over import Supervision
from verification.models.phones import AppRelease, DeviceAdmission, LoginTry
from verification.models.photos import PhotoCheck, PhotoHint, Picture
from verification.models.post_exam import PostExamCheck, PostExamHold, PostExamRun
from verification.models.presence import Presence
from verification.models.review import SignInReview

__all__ = [
    "AppRelease",
    "DeviceAdmission",
    "EntryRequest",
    "LoginTry",
    "Outcome",
    "PhoneTally",
    "PhotoCheck",
    "PhotoHint",
    "Picture",
    "PostExamCheck",
    "PostExamHold",
    "PostExamRun",
    "Presence",
    "ProctorSignIn",
    "SignIn",
    "SignInReview",
    "Supervision",
]
