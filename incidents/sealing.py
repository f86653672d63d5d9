"""Writing a sealed package: members streamed to one file and hashed on the way, manifest and signature last.

Nothing is compressed, memory holds one chunk. What precedes the manifest may be written before the number in the
chain is known.
"""

import base64
import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from incidents import sealed

_MADE = (1980, 1, 1, 0, 0, 0)  # the manifest says when; a member's own date would say nothing more


class Sink(Protocol):
    """What takes bytes in their order: an open file, or somebody who hands them on."""

    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


class _Stream:
    """What a ZIP is written to: without `tell` and `seek`, so that every byte is hashed once, in order."""

    def __init__(self, file: Sink) -> None:
        self.file, self.digest, self.size = file, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finished package: hashes in hexadecimal, signature in base64, size in bytes."""

    sha256: str
    manifest_sha256: str
    signature: str
    key_id: str
    size: int


class Package:
    """A package that is being written to `file`."""

    def __init__(self, file: Sink) -> None:
        self._stream = _Stream(file)
        self._zip = zipfile.ZipFile(self._stream, "w", zipfile.ZIP_STORED)  # type: ignore[call-overload]
        self._members: list[dict[str, Any]] = []

    def add(self, path: str, chunks: Iterable[bytes]) -> str:
        """Writes one member and returns its SHA-256."""
        for _ in self.adding(path, chunks):
            pass
        return str(self._members[-1]["sha256"])

    def adding(self, path: str, chunks: Iterable[bytes]) -> Iterator[None]:
        """Writes one member, stopping after each chunk: who hands on what was written never holds more."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(zipfile.ZipInfo(path, _MADE), "w") as member:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                member.write(chunk)
                yield
        self._members.append({"path": path, "size": size, "sha256": digest.hexdigest()})

    def seal(
        self, key: Ed25519PrivateKey, *, number: int, previous: str | None, about: dict[str, Any]
    ) -> Sealed:
        """Writes manifest and signature and ends the file.

        `number` counts the plan's packages from 1, `previous` is the SHA-256 of the one before (None: the first).
        """
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        name = sealed.key_id(public)
        manifest = sealed.canonical(
            about
            | {"format": sealed.FORMAT, "number": number, "previous": previous, "key_id": name}
            | {"members": sorted(self._members, key=lambda m: m["path"])}
        )
        signature = base64.b64encode(key.sign(manifest)).decode()
        said = {
            "algorithm": "Ed25519",
            "key_id": name,
            "public_key": base64.b64encode(public).decode(),
            "signature": signature,
        }
        self._zip.writestr(zipfile.ZipInfo(sealed.MANIFEST, _MADE), manifest)
        self._zip.writestr(zipfile.ZipInfo(sealed.SIGNATURE, _MADE), sealed.canonical(said))
        self._zip.close()
        self._stream.flush()
        whole = self._stream.digest.hexdigest()
        return Sealed(whole, hashlib.sha256(manifest).hexdigest(), signature, name, self._stream.size)
