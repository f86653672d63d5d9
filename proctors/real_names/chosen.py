"""Which provider the operator has chosen."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from proctors.real_names.person import Person
from proctors.real_names.provider import Provider
from proctors.real_names.service import RealNameService

PROVIDERS: dict[str, type[Provider]] = {p.name: p for p in (Person, RealNameService)}


def provider() -> Provider:
    """The provider of the setting `REAL_NAME_PROVIDER`; raises `ImproperlyConfigured` for a name that is none."""
    try:
        return PROVIDERS[settings.REAL_NAME_PROVIDER]()
    except KeyError:
        names = ", ".join(PROVIDERS)
        raise ImproperlyConfigured(
            f"REAL_NAME_PROVIDER is one of {names}, not {settings.REAL_NAME_PROVIDER!r}"
        ) from None
