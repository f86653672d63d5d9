"""Files by their content: stored once under their SHA-256, never changed. The one door to every stored file.

They stand in a folder (`FILES_DIR`), or in an S3-compatible bucket where `FILES_URL` names one (decision 0025).
A file arrives beside its place, is synced and read back, and is put there in one step: a crash or a full disk
leaves nothing behind, and what stands under a hash is whole.
"""

import errno
import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol

from django.conf import settings

from exam_ops.core.bucket_store import Bucket
from exam_ops.core.errors import StorageFull, TooLarge
from exam_ops.core.folder_store import CHUNK, Damaged, Folder
from exam_ops.rules.text import Text

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_HEX = set("0123456789abcdef")


class NotStoredWhole(StorageFull):
    """The disk gave back other bytes than were written: as good as no room, and told with the same code."""

    title = Text("存储校验失败", "The store did not keep the file")
    sentence = Text(
        "照片写入后校验不一致，未保存。请联系技术支持检查存储，稍后重新提交。",
        "What was stored does not read as it was sent, and was not kept. Tell technical support and send it again.",
    )


class Store(Protocol):
    """Where files stand: a folder, or a bucket."""

    def put(self, sha256: str, file: IO[bytes], size: int) -> bool: ...
    def open(self, sha256: str) -> BinaryIO: ...
    def exists(self, sha256: str) -> bool: ...
    def remove(self, sha256: str) -> None: ...
    def stored_at(self, sha256: str) -> datetime | None: ...
    def names(self, prefix: str) -> Iterator[tuple[str, datetime]]: ...


class Incoming:
    """A file that has arrived and is not kept yet: `file` to look into it, `keep()` to store it.

    `is_new` says after `keep()` that nothing stood under its hash before.
    """

    def __init__(self, file: IO[bytes], sha256: str, size: int) -> None:
        self.file, self.sha256, self.size = file, sha256, size
        self.is_kept = self.is_new = False

    def keep(self) -> str:
        """Stores the file and returns its SHA-256; the same content again changes nothing.

        Raises `StorageFull`, `NotStoredWhole`.
        """
        with _room_on_disk():
            self.is_new = _store().put(_checked(self.sha256), self.file, self.size)
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
        Path(file.name).unlink(missing_ok=True)  # a file that was kept stands elsewhere


def save(content: bytes | IO[bytes], *, limit: int | None = None) -> str:
    """Stores `content` and returns its SHA-256; raises `TooLarge` and `StorageFull`."""
    with receive(content, limit=limit) as incoming:
        return incoming.keep()


def open(sha256: str) -> BinaryIO:
    """The stored file; raises `FileNotFoundError`."""
    return _store().open(_checked(sha256))


def exists(sha256: str) -> bool:
    """Whether a file stands under that hash."""
    return _store().exists(_checked(sha256))


def remove(sha256: str) -> None:
    """Deletes a file that no row names; one that is gone already is no matter."""
    _store().remove(_checked(sha256))


def stored_at(sha256: str) -> datetime | None:
    """When the file was stored or last sent again; None: it is not there."""
    return _store().stored_at(_checked(sha256))


def names(prefix: str) -> Iterator[tuple[str, datetime]]:
    """The stored hashes that begin with the two digits `prefix`, each with the same instant."""
    return ((name, at) for name, at in _store().names(prefix) if _is_hash(name))


def forget_unfinished(before: datetime) -> int:
    """Deletes what arrived before that instant and was never kept: its process was killed. Returns how many."""
    gone = 0
    for file in (Path(settings.FILES_DIR) / "incoming").glob("*"):
        if file.stat().st_mtime < before.timestamp():
            file.unlink(missing_ok=True)
            gone += 1
    return gone


def path(sha256: str) -> Path:
    """Where the file of that hash stands in the folder."""
    return Folder().path(_checked(sha256))


def _store() -> Store:
    return _store_of(settings.FILES_URL)


@cache
def _store_of(url: str) -> Store:
    return Bucket(url) if url else Folder()


def _checked(sha256: str) -> str:
    """Only a hash names a file; raises `FileNotFoundError`."""
    if not _is_hash(sha256):
        raise FileNotFoundError(sha256)
    return sha256


def _is_hash(name: str) -> bool:
    return len(name) == 64 and set(name) <= _HEX


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


@contextmanager
def _room_on_disk() -> Iterator[None]:
    try:
        yield
    except Damaged as error:
        raise NotStoredWhole() from error
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull() from error
        raise
