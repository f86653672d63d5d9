"""HEIC by its boxes alone: the portal draws none by itself, so it asks what can be asked of the structure.

An ISO base media file is a row of boxes, each with its length and kind; a still picture keeps its pixel sizes
in `meta` → `iprp` → `ipco` → `ispe` (ISO/IEC 23008-12). A film has a `moov`.
"""

import struct
from collections.abc import Iterator
from typing import IO

BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
MOST_BOXES = 64
MOST_META = 4 * 1024 * 1024  # bytes

Size = tuple[int, int]


class NotHeic(ValueError):
    """The boxes are not those of one whole still HEIC picture."""


def sizes(file: IO[bytes]) -> list[Size]:
    """Width and height of every picture inside, in pixels; raises `NotHeic` when the boxes don't hold together."""
    file.seek(0, 2)
    end, at = file.tell(), 0
    meta, kinds = b"", []
    while at < end:
        kind, start, size = _head(file, at, end)
        kinds.append(kind)
        if len(kinds) > MOST_BOXES or kind in (b"moov", b"moof"):
            raise NotHeic(kind)
        if kind == b"ftyp":
            _check_brands(file.read(min(size - start, 256)))
        elif kind == b"meta":
            if size > MOST_META:
                raise NotHeic("meta")
            meta = file.read(size - start)
        at += size
    if kinds[:1] != [b"ftyp"] or not meta:
        raise NotHeic("ftyp, meta")
    return _sizes_in(meta)


def _head(file: IO[bytes], at: int, end: int) -> tuple[bytes, int, int]:
    """Kind, length of the head and of the whole box at `at`; the file stands behind the head."""
    file.seek(at)
    head = file.read(8)
    if len(head) < 8:
        raise NotHeic("torn")
    size, kind = struct.unpack(">I4s", head)
    start = 8
    if size == 1:
        size, start = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0], 16
    elif size == 0:
        size = end - at
    if size < start or at + size > end:
        raise NotHeic(kind)
    return kind, start, size


def _check_brands(body: bytes) -> None:
    brands = {body[:4], *(body[i : i + 4] for i in range(8, len(body), 4))}
    if not brands & BRANDS:
        raise NotHeic("brand")


def _sizes_in(meta: bytes) -> list[Size]:
    found = []
    for properties in _inside(meta[4:], b"iprp"):
        for container in _inside(properties, b"ipco"):
            for body in _inside(container, b"ispe"):
                if len(body) < 12:
                    raise NotHeic("ispe")
                found.append(struct.unpack(">II", body[4:12]))
    if not found or any(not (width and height) for width, height in found):
        raise NotHeic("ispe")
    return found


def _inside(body: bytes, wanted: bytes) -> Iterator[bytes]:
    """The contents of the boxes of one kind in a row of boxes."""
    at = 0
    while at + 8 <= len(body):
        size, kind = struct.unpack_from(">I4s", body, at)
        if size < 8 or at + size > len(body):
            raise NotHeic(kind)
        if kind == wanted:
            yield body[at + 8 : at + size]
        at += size
