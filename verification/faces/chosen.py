"""Which matcher the operator has chosen."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from verification.faces.matcher import FaceMatcher
from verification.faces.phone import PhoneResult
from verification.faces.service import OutsideService

MATCHERS: dict[str, type[FaceMatcher]] = {m.name: m for m in (PhoneResult, OutsideService)}


def matcher() -> FaceMatcher:
    """The matcher of the setting `FACE_MATCHER`; raises `ImproperlyConfigured` for a name that is none."""
    try:
        return MATCHERS[settings.FACE_MATCHER]()
    except KeyError:
        names = ", ".join(MATCHERS)
        raise ImproperlyConfigured(f"FACE_MATCHER is one of {names}, not {settings.FACE_MATCHER!r}") from None
