"""The key that signs sealed packages, and the public keys with which old ones are checked (`EVIDENCE_KEY`)."""

import base64
import binascii
import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from incidents import sealed
from incidents.models import EvidenceKey

LENGTH = 32  # bytes
HELP = "Make one with `openssl rand -base64 32` or `manage.py evidence_key --make FILE`."


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key as it is published: base64 of 32 bytes; `first_used_at` (real) is None until it signs."""

    key_id: str
    public_key: str
    first_used_at: datetime | None = None
    is_current: bool = False

    @property
    def raw(self) -> bytes:
        return base64.b64decode(self.public_key)


def signing_key() -> Ed25519PrivateKey:
    """The key in force. A development run makes itself one where it has none. Raises `ImproperlyConfigured`."""
    said = settings.EVIDENCE_KEY
    if (seed := _read(said)) is not None:
        return Ed25519PrivateKey.from_private_bytes(seed)
    file = Path(said)
    if not settings.PRODUCTION and not file.exists():
        make(file)
    try:
        seed = _read(file.read_text(encoding="ascii"))
    except (OSError, UnicodeError, ValueError):
        seed = None
    if seed is None:
        raise ImproperlyConfigured(
            f"EVIDENCE_KEY is neither base64 of {LENGTH} bytes nor such a file. {HELP}"
        )
    return Ed25519PrivateKey.from_private_bytes(seed)


def make(file: Path) -> None:
    """Writes a new key, readable by its owner alone; a file that stands there already is left as it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent)  # by nobody else to be read
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(base64.b64encode(secrets.token_bytes(LENGTH)).decode() + "\n")
        os.link(name, file)  # in one step, and never over another
    except FileExistsError:
        pass
    finally:
        os.unlink(name)


def current() -> PublicKey:
    """The public half of the key in force."""
    raw = signing_key().public_key().public_bytes_raw()
    return PublicKey(sealed.key_id(raw), base64.b64encode(raw).decode(), is_current=True)


def published() -> list[PublicKey]:
    """Every key that ever signed, and the one in force, the newest first."""
    own = current()
    rows = EvidenceKey.objects.order_by("-first_used_at")
    used = [PublicKey(k.key_id, k.public_key, k.first_used_at, k.key_id == own.key_id) for k in rows]
    return used if any(key.is_current for key in used) else [own, *used]


def remember(key: PublicKey, *, now: datetime) -> EvidenceKey:
    """Keeps a key that signs, inside the caller's transaction; again changes nothing."""
    row, _ = EvidenceKey.objects.get_or_create(
        key_id=key.key_id, defaults={"public_key": key.public_key, "first_used_at": now}
    )
    return row


@checks.register
def check_key(**kwargs: object) -> list[checks.CheckMessage]:
    """Production does not come up with a key that can't be read: `migrate` and the worker ask this first."""
    try:
        if settings.PRODUCTION:
            signing_key()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="incidents.E001")]
    return []


def _read(text: str) -> bytes | None:
    try:
        seed = base64.b64decode(text.strip().encode("ascii"), validate=True)
    except (binascii.Error, UnicodeError):
        return None
    return seed if len(seed) == LENGTH else None
