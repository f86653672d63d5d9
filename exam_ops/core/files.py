"""Files by their content: stored once under their SHA-256 below `settings.FILES_DIR`, never changed.

A file is written beside its place, synced, and moved there in one step: a crash or a full disk leaves
nothing behind, and what stands under a hash is whole.
"""

import errno
import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.conf import settings

from exam_ops.core.errors import StorageFull, TooLarge

CHUNK = 256 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Incoming:
    """A file that has arrived and is not kept yet: `file` to look into it, `keep()` to store it.

    `is_new` says after `keep()` that nothing stood under its hash before.
    """

    def __init__(self, file: IO[bytes], sha256: str, size: int) -> None:
        self.file, self.sha256, self.size = file, sha256, size
        self.is_kept = self.is_new = False

    def keep(self) -> str:
        """Moves the file to its place and returns its SHA-256; the same content again changes nothing."""
        place = path(self.sha256)
        with _room_on_disk():
            self.file.flush()
            os.fsync(self.file.fileno())
            place.parent.mkdir(parents=True, exist_ok=True)
            self.is_new = not place.exists()
            os.replace(self.file.name, place)
            _sync_folder(place.parent)
        self.is_kept = True
        return self.sha256


@contextmanager
def receive(content: bytes | IO[bytes] | Iterable[bytes], *, limit: int | None = None) -> Iterator[Incoming]:
    """Takes `content` in, chunk by chunk; what is not kept by the end of the block is gone.

    Raises `TooLarge` above `limit` bytes and `StorageFull` when the disk is.
    """
    digest, size = hashlib.sha256(), 0
    with _room_on_disk():
        folder = Path(settings.FILES_DIR) / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        file: Any = tempfile.NamedTemporaryFile(dir=folder, delete=False)  # noqa: SIM115
    incoming = Incoming(file, "", 0)
    try:
        with _room_on_disk():
            for chunk in _chunks(content):
                size += len(chunk)
                if limit is not None and size > limit:
                    raise TooLarge(limit_mb=limit // (1024 * 1024))
                digest.update(chunk)
                file.write(chunk)
            file.flush()
        file.seek(0)
        incoming.sha256, incoming.size = digest.hexdigest(), size
        yield incoming
    finally:
        _close(file)
        if not incoming.is_kept:
            Path(file.name).unlink(missing_ok=True)


def save(content: bytes | IO[bytes], *, limit: int | None = None) -> str:
    """Stores `content` and returns its SHA-256; raises `TooLarge` and `StorageFull`."""
    with receive(content, limit=limit) as incoming:
        return incoming.keep()


def open(sha256: str) -> BinaryIO:
    """The stored file; raises `FileNotFoundError`."""
    return path(sha256).open("rb")


def remove(sha256: str) -> None:
    """Deletes a file that no row names; one that is gone already is no matter."""
    path(sha256).unlink(missing_ok=True)


def path(sha256: str) -> Path:
    """Where the file of that hash stands."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise FileNotFoundError(sha256)
    return Path(settings.FILES_DIR) / sha256[:2] / sha256[2:4] / sha256


def _chunks(content: bytes | IO[bytes] | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(content, bytes):
        content = io.BytesIO(content)
    read = getattr(content, "read", None)
    if read is None:
        yield from content
        return
    while chunk := read(CHUNK):
        yield chunk


def _close(file: Any) -> None:
    try:
        file.close()
    except OSError:  # what could not be flushed to a full disk is thrown away anyway
        os.close(file.fileno()) if not file.closed else None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _room_on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull() from error
        raise
