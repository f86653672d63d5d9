"""Files in a folder of this machine, `FILES_DIR`: each under its SHA-256, read-only, never written again."""

import hashlib
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings

CHUNK = 256 * 1024
READ_ONLY = 0o440

log = logging.getLogger(__name__)


class Damaged(OSError):
    """What came back from the disk is not what was written to it."""


class Folder:
    """The store of an installation with one machine, or with a shared file system."""

    def put(self, sha256: str, file: IO[bytes], size: int) -> bool:
        """Moves `file`, written on this file system, to its place; returns whether nothing stood there before.

        It is read back from the disk first: raises `Damaged` when that gives another hash. The same content
        again leaves the file as it is but for its age.
        """
        place = self.path(sha256)
        file.flush()
        os.fsync(file.fileno())
        if _digest(Path(file.name)) != sha256:
            raise Damaged(f"{sha256} reads otherwise than it was written")
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            if _digest(place) == sha256:
                os.utime(place)  # it is wanted again: the sweep of strays counts from now
                os.unlink(file.name)
                return False
            log.error("the file %s was damaged; it is whole again", sha256)
        os.chmod(file.name, READ_ONLY)
        os.replace(file.name, place)
        _sync_folder(place.parent)
        return True

    def open(self, sha256: str) -> BinaryIO:
        """The stored file; raises `FileNotFoundError`."""
        return self.path(sha256).open("rb")

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def stored_at(self, sha256: str) -> datetime | None:
        """When the file was last wanted; None: it is not there."""
        try:
            return datetime.fromtimestamp(self.path(sha256).stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def names(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Hashes that begin with the two digits `prefix`, with the instants when their files were last wanted."""
        for folder in sorted((Path(settings.FILES_DIR) / prefix).glob("??")):
            with os.scandir(folder) as entries:
                for entry in entries:
                    yield entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC)

    def path(self, sha256: str) -> Path:
        """Where the file of that hash stands."""
        return Path(settings.FILES_DIR) / sha256[:2] / sha256[2:4] / sha256


def _digest(place: Path) -> str:
    """The hash of what is on the disk, not of what the system still holds in memory, where it lets us ask."""
    with place.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
