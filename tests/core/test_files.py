"""Files by their content: whole or not at all."""

import errno
import hashlib
import io
import os
from pathlib import Path

import pytest

from exam_ops.core import files
from exam_ops.core.errors import StorageFull, TooLarge


def left_behind(settings) -> list[Path]:
    return [p for p in Path(settings.FILES_DIR).rglob("*") if p.is_file()]


def test_a_file_stands_under_its_hash(settings):
    sha = files.save(b"picture")
    assert sha == hashlib.sha256(b"picture").hexdigest()
    assert files.path(sha) == Path(settings.FILES_DIR) / sha[:2] / sha[2:4] / sha
    assert files.open(sha).read() == b"picture"


def test_the_same_content_is_stored_once(settings):
    assert files.save(b"twice") == files.save(io.BytesIO(b"twice"))
    assert len(left_behind(settings)) == 1


def test_a_large_file_is_taken_in_chunks():
    content = os.urandom(3 * files.CHUNK + 1)
    assert files.open(files.save(io.BytesIO(content))).read() == content


def test_above_the_limit_nothing_is_left(settings):
    with pytest.raises(TooLarge):
        files.save(b"x" * 11, limit=10)
    assert left_behind(settings) == []
    assert files.save(b"x" * 10, limit=10)


def test_what_is_not_kept_is_gone(settings):
    with files.receive(b"looked at") as incoming:
        assert incoming.file.read() == b"looked at"
        assert incoming.size == 9
    assert left_behind(settings) == []


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_is_told_and_leaves_nothing(settings, monkeypatch, step):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, step, full)
    with pytest.raises(StorageFull):
        files.save(b"picture")
    assert left_behind(settings) == []


def test_a_disk_that_fills_while_writing(settings):
    def chunks():
        yield b"first"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageFull), files.receive(chunks()):
        pass
    assert left_behind(settings) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_only_a_hash_names_a_file(name):
    with pytest.raises(FileNotFoundError):
        files.open(name)


def test_a_removed_file_is_gone_and_may_be_removed_again():
    sha = files.save(b"picture")
    files.remove(sha), files.remove(sha)
    assert not files.path(sha).exists()
