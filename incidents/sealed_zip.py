"""A sealed package's ZIP as its writer makes it: stored members one after the other, nothing before, between or behind.

Whatever else a ZIP may be is refused before anything of it is believed. Asks neither Django nor a database.
"""

import stat
import struct
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

MOST_MEMBERS, MOST_DIRECTORY = 20_000, 8 * 2**20  # count, bytes
_END, _END64, _LOCATOR, _HEADER = 22, 56, 20, 30  # bytes of the records
_HAS_DESCRIPTOR, _ENCRYPTED = 0x08, 0x01


class Unreadable(Exception):
    """The file can't be read as a package; `code` is a key of `sealed.WORDS`, `where` the member it is about."""

    def __init__(self, code: str, where: str = "") -> None:
        self.code, self.where = code, where
        super().__init__(f"{code} {where}")


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the list of members stands, and the size of the file, in bytes."""

    start: int
    length: int
    size: int


def directory_of(content: BinaryIO) -> Directory:
    """Finds the directory and refuses one too large to be loaded, before a library loads it.

    From 2 GiB on the writer ends the file with the records of ZIP64 as well. Raises `Unreadable`.
    """
    size = content.seek(0, 2)
    tail = _END64 + _LOCATOR + _END
    content.seek(max(0, size - tail))
    told = content.read(tail)
    end = told[-_END:]
    if end[:4] != b"PK\5\6" or end[20:] != b"\0\0":  # a package ends with it, without a comment
        raise Unreadable("not_a_package")
    count, length, start = struct.unpack("<HLL", end[10:20])
    behind = _END
    if told[-_END - _LOCATOR : -_END].startswith(b"PK\6\7") and told.startswith(b"PK\6\6"):
        count, length, start = struct.unpack("<QQQ", told[32:56])
        behind = tail
    if count > MOST_MEMBERS or length > MOST_DIRECTORY or start + length + behind != size:
        raise Unreadable("hostile")
    return Directory(start, length, size)


def members_of(pack: zipfile.ZipFile, content: BinaryIO, directory: Directory) -> dict[str, zipfile.ZipInfo]:
    """Members by name. Raises `Unreadable` for what the portal never writes: twins, `../`, compressed, gaps."""
    names: dict[str, zipfile.ZipInfo] = {}
    for info in pack.infolist():
        if _is_odd(info) or info.filename in names:
            raise Unreadable("hostile", repr(info.orig_filename)[:80])
        names[info.filename] = info
    place = 0
    for info in sorted(names.values(), key=lambda info: info.header_offset):
        if info.header_offset != place:
            raise Unreadable("hostile", info.filename)
        place = _end_of(info, content)
    if place != directory.start:
        raise Unreadable("hostile")
    return names


def _is_odd(info: zipfile.ZipInfo) -> bool:
    path, written = PurePosixPath(info.filename), info.orig_filename
    return (
        path.is_absolute()
        or ".." in path.parts
        or str(path) != info.filename
        or any(c in written for c in "\\\0:")
        or not written.isprintable()
        or info.is_dir()
        or stat.S_ISLNK(info.external_attr >> 16)
        or bool(info.flag_bits & _ENCRYPTED)
        or bool(info.comment)
        or info.compress_type != zipfile.ZIP_STORED
        or info.file_size != info.compress_size
    )


def _end_of(info: zipfile.ZipInfo, content: BinaryIO) -> int:
    """Where the member ends, its header and the figures behind it read as well."""
    content.seek(info.header_offset)
    header = content.read(_HEADER)
    if len(header) < _HEADER or not header.startswith(b"PK\3\4"):
        raise Unreadable("hostile", info.filename)
    name, extra = struct.unpack("<HH", header[26:30])
    end: int = info.header_offset + _HEADER + name + info.compress_size
    if extra:
        raise Unreadable("hostile", info.filename)
    if info.flag_bits & _HAS_DESCRIPTOR:
        content.seek(end)
        told = struct.pack("<4sLLL", b"PK\7\10", info.CRC, info.compress_size, info.file_size)
        if content.read(len(told)) != told:
            raise Unreadable("hostile", info.filename)
        end += len(told)
    return end
