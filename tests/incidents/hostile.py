"""Files and forms that mean no good, each with the code that refuses it. None of them may be stored."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from PIL import Image

MB = 2**20


@dataclass(frozen=True, slots=True)
class File:
    """What is sent as `photo`, under which name, and what it is refused with."""

    what: str
    content: bytes
    code: str = "not_an_image"
    name: str = "room.jpg"


def picture(format: str = "JPEG", size: tuple[int, int] = (200, 150), **options: object) -> bytes:
    out = io.BytesIO()
    _noise(size).save(out, format, **options)
    return out.getvalue()


def _noise(size: tuple[int, int]) -> Image.Image:
    dots = random.Random(1).randbytes(40 * 30 * 3)
    return Image.frombytes("RGB", (40, 30), dots).resize(size, Image.Resampling.NEAREST)


def files() -> Iterator[File]:
    """All of them; more than sixty."""
    for group in GROUPS:
        yield from of(group)


@cache
def of(group: str) -> tuple[File, ...]:
    """The files of one group."""
    return tuple(GROUPS[group]())


def _other_kinds() -> Iterator[File]:
    """Things that are no JPEG, PNG or WebP, some of which say that they are."""
    heads = {
        "nothing": b"",
        "text": b"not a picture at all\n" * 50,
        "gif": picture("GIF"),
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "page": b"<!DOCTYPE html><script>alert(1)</script>",
        "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF",
        "zip": _zip(),
        "bmp": picture("BMP"),
        "tiff": picture("TIFF"),
        "icon": picture("ICO", (32, 32)),
        "jpeg 2000 by name": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(200),
        "film": struct.pack(">I4s", 24, b"ftyp") + b"isom\0\0\0\0mp42isom" + bytes(500),
        "heic of boxes alone": struct.pack(">I4s", 24, b"ftyp") + b"heic\0\0\0\0mif1heic" + bytes(80),
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(id) run\n",
        "photoshop": b"8BPS\0\1" + bytes(60),
        "pixmap without end": b"P6 60000 60000 255\n" + bytes(64),
        "windows program": b"MZ" + bytes(500),
        "linux program": b"\x7fELF" + bytes(500),
        "script": b"<?php system($_GET['c']); ?>",
        "gzip": b"\x1f\x8b\x08" + bytes(200),
        "noise": random.Random(2).randbytes(MB),
        "zeros": bytes(MB),
        "jpeg by its first bytes": b"\xff\xd8\xff\xe0" + b"<script>" * 50,
        "jpeg of markers without end": b"\xff\xd8" + b"\xff\xe1\xff\xff" * 2000,
        "png by its first bytes": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "webp by its first bytes": b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(100),
        "riff that is sound": b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(60),
    }
    yield from (File(what, content) for what, content in heads.items())


def _torn() -> Iterator[File]:
    """Pictures that were cut off on their way."""
    for format, cuts in {
        "JPEG": (1, 2, 3, 11, 20, 160, 400, 0.25, 0.5, 0.75, -100, -2, -1),
        "PNG": (8, 16, 33, 0.5, -20, -12, -4, -1),
        "WEBP": (12, 30, 0.5, -1),
    }.items():
        whole = picture(format)
        for cut in cuts:
            end = int(len(whole) * cut) if isinstance(cut, float) else cut
            yield File(f"{format} torn at {cut}", whole[:end])
    whole = picture(progressive=True)
    yield File("progressive torn", whole[: len(whole) // 3])


def _bombs() -> Iterator[File]:
    """Small on the wire, large in memory or long in the processor; and what is just long."""
    for side in (65_000, 30_000, 8_000):
        yield File(f"jpeg that says {side}²", _with_size(picture(), side), "too_large")
    yield File("progressive jpeg that says 5000²", _with_size(picture(progressive=True), 5_000), "too_large")
    for side in (50_000, 20_000, 5_000):
        yield File(f"png that says {side}²", _png(side, b""), "too_large")
    yield File("webp of 25 megapixels", _flat("WEBP", (5_000, 5_000)), "too_large")
    yield File("png with 16 MB of words", _png(9, _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(16 * MB)))))
    yield File("png that unpacks short", _png(4_800, b""))
    yield File("jpeg of a thousand passes", _many_scans(1_000))
    sound = picture()
    yield File("40 MB", sound + bytes(40 * MB), "too_large")
    yield File("one byte too many", sound + bytes(25 * MB + 1 - len(sound)), "too_large")


def _two_in_one() -> Iterator[File]:
    """A picture that is something else besides."""
    sound, png = picture(), picture("PNG")
    behind = {
        "archive": _zip(),
        "page": b"<!DOCTYPE html><p>",
        "upper-case page": b"<HTML><BODY>",
        "script": b"<ScRipt >alert(1)",
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(40),
        "rar": b"Rar!\x1a\x07\x01\x00" + bytes(40),
    }
    yield from (File(f"jpeg and {what}", sound + more) for what, more in behind.items())
    for what, words in {"script": b"<script>alert(1)//", "document": b"%PDF-1.7\n"}.items():
        yield File(f"jpeg with a {what} in its comment", sound[:2] + _comment(words) + sound[2:])
    yield File("png and archive", png + _zip())
    yield File(
        "png with a script in its words",
        png[:33] + _chunk(b"tEXt", b"a\0<script>alert(1)</script>") + png[33:],
    )
    yield File("webp and page", picture("WEBP") + b"<html><script>1</script>")


def _moving() -> Iterator[File]:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "green")]
    for format in ("GIF", "WEBP", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, format, save_all=True, append_images=frames[1:])
        yield File(f"moving {format}", out.getvalue())


def _names() -> Iterator[File]:
    """Names count for nothing: none of them makes a picture of what is none, or leads anywhere."""
    for name in (
        "../../../../etc/cron.d/now.jpg",
        "..\\..\\windows\\win.ini.jpg",
        "/etc/passwd",
        "room.jpg\u202egpj.exe",
        "ｒｏｏｍ．ｊｐｇ",
        "CON.jpg",
        "room.jpg;.php",
        "%2e%2e%2froom.jpg",
        "考场\u200b\ufeff.jpg",
    ):
        yield File(f"named {name!r}", b"not a picture", name=name)
    yield File("a name of 250 signs", b"not a picture", name="r" * 246 + ".jpg")


GROUPS: dict[str, Callable[[], Iterator[File]]] = {
    "other kinds": _other_kinds,
    "torn": _torn,
    "bombs": _bombs,
    "two in one": _two_in_one,
    "moving": _moving,
    "names": _names,
}


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.html", "<p>")
    return out.getvalue()


def _flat(format: str, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "grey").save(out, format, lossless=True, quality=0, method=0)
    return out.getvalue()


def _with_size(jpeg: bytes, side: int) -> bytes:
    """The same data under a head that claims other sides."""
    at = next(jpeg.index(mark) for mark in (b"\xff\xc0", b"\xff\xc2") if mark in jpeg) + 5
    return jpeg[:at] + struct.pack(">HH", side, side) + jpeg[at + 4 :]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(side: int, more: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    rows = _chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + head + more + rows + _chunk(b"IEND", b"")


def _comment(words: bytes) -> bytes:
    return b"\xff\xfe" + struct.pack(">H", len(words) + 2) + words


def _many_scans(count: int) -> bytes:
    """The last pass of a progressive JPEG over and over."""
    whole = picture(progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * count + whole[-2:]
