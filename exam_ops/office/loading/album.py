"""Photos of people from a ZIP of `{学号, 工号 or 证件号码}.jpg`: read with limits, opened as JPEG, drawn anew.

Nothing is ever written under a name from the ZIP: a photo is kept under the hash of its new pixels.
"""

import hashlib
import io
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from PIL import Image, ImageOps

from exam_ops.core import files
from exam_ops.office import layout
from exam_ops.office.loading.book import Book, Row
from exam_ops.office.loading.cells import same_width
from exam_ops.office.loading.report import FileRefused, PhotoCounts, Problem, Problems
from exam_ops.rules.text import Text

MAX_PHOTOS = 200_000
MAX_PHOTO_BYTES = 8 * 1024 * 1024  # one photo, inflated
MAX_ALL_BYTES = 4 * 1024**3  # all of them, inflated
MAX_PIXELS = 30_000_000
SHOWN_SIZE = (600, 800)  # pixels of the display copy, at most
QUALITY = 88
ENDINGS = {".jpg", ".jpeg"}
SHEET, PROCTORS, PHOTOS = "考生编排", "监考教师", "照片"  # two sheets, and how reports name the ZIP
DOCUMENT = "证件"  # `{工号}-证件.jpg` is the picture of the document
DOCUMENT_SIZE = (1600, 1600)

UNREADABLE = Text(
    "照片 {name} 打不开：不是完整的 JPEG，或尺寸过大。请更换后重新上传。",
    "The photo {name} can't be opened: no whole JPEG, or too large. Replace it and upload again.",
)


def _refused(code: str, zh: str, en: str) -> FileRefused:
    return FileRefused("photos", code, Text(zh, en))


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose photo a name of the ZIP means: the key it is kept under, the row, the size it is drawn in."""

    key: str
    row: Row
    size: tuple[int, int] = SHOWN_SIZE


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where a photo stands in the album's own file."""

    sha256: str
    start: int
    size: int


class Album:
    """Photos by their owner's key (a candidate's is the student number), waiting in a temporary file until the load is sure."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._kept: dict[str, _Kept] = {}
        self.counts = PhotoCounts()

    def __enter__(self) -> "Album":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def put(self, key: str, picture: bytes) -> None:
        start = self._file.seek(0, io.SEEK_END)
        self._file.write(picture)
        self._kept[key] = _Kept(hashlib.sha256(picture).hexdigest(), start, len(picture))

    def hash_of(self, key: str) -> str:
        """SHA-256 of the display copy; empty for somebody without a photo in this ZIP."""
        kept = self._kept.get(key)
        return kept.sha256 if kept else ""

    def store(self) -> None:
        """Keeps the photos; those that are there already are not written again."""
        for kept in self._kept.values():
            if not files.exists(kept.sha256):
                self._file.seek(kept.start)
                files.save(self._file.read(kept.size))


def read(
    source: IO[bytes] | str | None, book: Book, problems: Problems, *, of_proctors: bool = False
) -> Album:
    """The album of the workbook's candidates, or of its proctors; raises `FileRefused` when the file is no ZIP to be read."""
    album = Album()
    if source is None:
        return album
    try:
        with zipfile.ZipFile(source) as archive:
            _fill(album, archive, _proctors(book) if of_proctors else _candidates(book), problems)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError):
        raise _refused(
            "not_a_zip",
            "这个文件不是 ZIP 压缩包，或者已损坏。请把照片（学号.jpg）压缩成一个 ZIP。",
            "This file is no ZIP archive, or it is damaged. Pack the photos (student number.jpg) into one ZIP.",
        ) from None
    return album


def _fill(album: Album, archive: zipfile.ZipFile, owners: Mapping[str, Owner], problems: Problems) -> None:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    _check_size(infos)
    hostile, seen = 0, dict[str, str]()
    for info in infos:
        name = _plain_name(info)
        if name is None:
            hostile += 1
            continue
        owner = owners.get(PurePosixPath(name).stem)
        if owner is None:
            album.counts.unused += 1
        elif (first := seen.setdefault(owner.key, info.filename)) != info.filename:
            problems.error(owner.row, _field_of(owner.row), _twice(first, info.filename))
        else:
            _take(album, archive, info, owner, problems)
    _warn(problems, album.counts.unused, hostile)


def _check_size(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_PHOTOS or sum(info.file_size for info in infos) > MAX_ALL_BYTES:
        raise _refused(
            "inflates_too_far",
            f"照片压缩包过大：最多 {MAX_PHOTOS} 张，解压后不超过 {MAX_ALL_BYTES // 2**30} GB。请分批上传。",
            f"The ZIP is too large: {MAX_PHOTOS} photos and {MAX_ALL_BYTES // 2**30} GB inflated at most. Upload in parts.",
        )


def _candidates(book: Book) -> Mapping[str, Owner]:
    """The first row of each candidate, by student number and by ID number."""
    owners: dict[str, Owner] = {}
    for row in book[SHEET]:
        if row.has("student_no"):
            owners.setdefault(row["student_no"].upper(), Owner(row["student_no"], row))
    for row in book[SHEET]:
        if row.has("student_no", "id_no"):
            owners.setdefault(row["id_no"], owners[row["student_no"].upper()])
    return owners


def _proctors(book: Book) -> Mapping[str, Owner]:
    """Each proctor's photo and document, by user name and by ID number."""
    owners: dict[str, Owner] = {}
    for row in book[PROCTORS]:
        for name in (row.get("username", "").upper(), row.get("id_no", "")):
            if name and row.has("username"):
                owners.setdefault(name, Owner(proctor_key(row["username"]), row))
                card = Owner(proctor_key(row["username"], DOCUMENT), row, DOCUMENT_SIZE)
                owners.setdefault(f"{name}-{DOCUMENT}", card)
    return owners


def proctor_key(username: str, what: str = "") -> str:
    """Under which a proctor's photo, or the picture of the document, is kept."""
    return f"{PROCTORS} {username} {what}".strip()


def _field_of(row: Row) -> str:
    return layout.sheet(row.sheet).key[-1]


def _plain_name(info: zipfile.ZipInfo) -> str | None:
    """The file's bare name with an upper-case stem; None for names that reach out of the archive."""
    path = PurePosixPath(info.filename)
    if path.is_absolute() or ".." in path.parts or set("\\:\0") & set(info.filename):
        return None
    stem, ending = same_width(path.stem).strip().upper(), path.suffix.lower()
    return f"{stem}{ending}" if ending in ENDINGS and not path.name.startswith(".") else f"?{ending}"


def _take(
    album: Album, archive: zipfile.ZipFile, info: zipfile.ZipInfo, owner: Owner, problems: Problems
) -> None:
    album.counts.given += 1
    try:
        album.put(owner.key, draw(_inflate(archive, info), owner.size))
    except (
        *(OSError, ValueError, SyntaxError, EOFError, RuntimeError, NotImplementedError),
        *(zipfile.BadZipFile, zlib.error, Image.DecompressionBombError),
    ):
        why = UNREADABLE.format(name=PurePosixPath(info.filename).name[:60])
        problems.error(owner.row, _field_of(owner.row), why)


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """At most `MAX_PHOTO_BYTES`, whatever the archive says of itself; raises ValueError beyond."""
    with archive.open(info) as stream:
        content = stream.read(MAX_PHOTO_BYTES + 1)
    if len(content) > MAX_PHOTO_BYTES:
        raise ValueError("too large")
    return content


def draw(content: bytes, size: tuple[int, int] = SHOWN_SIZE) -> bytes:
    """A display copy of a JPEG, turned upright, without anything but its pixels; raises what Pillow raises."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        if picture.width * picture.height > MAX_PIXELS or min(picture.size) < 16:
            raise ValueError("out of size")
        picture.draft("RGB", size)
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail(size)
    upright.info.clear()
    drawn = io.BytesIO()
    upright.save(drawn, "JPEG", quality=QUALITY, optimize=False)
    return drawn.getvalue()


def _twice(first: str, second: str) -> Text:
    return Text(
        f"压缩包里有两张照片：{first[-60:]} 和 {second[-60:]}。请只留一张。",
        f"Two photos in the ZIP: {first[-60:]} and {second[-60:]}. Keep one.",
    )


def _warn(problems: Problems, unused: int, hostile: int) -> None:
    for count, reason in _unmatched(unused, hostile):
        if count:
            problems.warnings.add(Problem(PHOTOS, None, "", reason))


def _unmatched(unused: int, hostile: int) -> Iterator[tuple[int, Text]]:
    yield (
        unused,
        Text(
            f"{unused} 个文件不对应任何人，没有使用。文件名应为 学号.jpg、工号.jpg 或 证件号码.jpg。",
            f"{unused} files belong to nobody and were not used. Name them by student number, account or ID number.",
        ),
    )
    yield (
        hostile,
        Text(
            f"{hostile} 个文件的路径不安全，已忽略。",
            f"{hostile} files have an unsafe path and were ignored.",
        ),
    )
