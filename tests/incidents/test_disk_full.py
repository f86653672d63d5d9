"""No room on the disk: 507, no row without its file, no file without its row, and deadlines go on."""

import errno
import os
import uuid

import pytest
from django.db import OperationalError

from exam_ops.core import files, folder_store
from exam_ops.core.models import StoredAnswer
from incidents.models import Evidence, EvidenceDuty
from incidents.services import duties, evidence
from tests import pictures


@pytest.fixture
def send(api, world, at):
    at("T+31m")
    body = {
        "id": str(uuid.uuid4()),
        "room_session": world.room.pk,
        "reason": "已人工核对证件",
        "captured_at": "2025-12-06T09:01:00+08:00",
    }

    def call():
        sent = body | {"photo": pictures.upload()}
        return api(world.cast.proctor).post("/api/v1/evidence/", sent, format="multipart")

    return call


def stored(settings) -> list[str]:
    return [path.name for path in settings.FILES_DIR.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("where", "what", "fault"),
    [
        (os, "fsync", errno.ENOSPC),
        (os, "replace", errno.ENOSPC),
        (os, "fsync", errno.EDQUOT),
        (files.tempfile, "NamedTemporaryFile", errno.ENOSPC),
    ],
    ids=["while it is synced", "while it is moved", "the quota", "from the start"],
)
def test_a_full_disk_leaves_neither_row_nor_file_and_the_same_may_come_again(
    send, settings, monkeypatch, where, what, fault
):
    def full(*args, **kwargs):
        raise OSError(fault, "no room")

    with monkeypatch.context() as patch:
        patch.setattr(where, what, full)
        answer = send()
    assert (answer.status_code, answer.data["code"]) == (507, "storage_full")
    assert not Evidence.objects.exists()
    assert not StoredAnswer.objects.exists()
    assert stored(settings) == []
    assert send().status_code == 201
    assert stored(settings) == [Evidence.objects.get().sha256]


def test_a_disk_that_gives_back_other_bytes_keeps_nothing(send, settings, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(folder_store, "_digest", lambda place: "0" * 64)
        answer = send()
    assert (answer.status_code, answer.data["code"], answer.data["title"]) == (
        507,
        "storage_full",
        "存储校验失败",
    )
    assert (Evidence.objects.count(), stored(settings)) == (0, [])


def test_a_row_that_is_not_kept_takes_its_file_along(send, settings, monkeypatch):
    def gone(row):
        raise OperationalError("the database went away")

    with monkeypatch.context() as patch:
        patch.setattr(evidence, "answer", gone)
        assert send().status_code == 503
    assert (Evidence.objects.count(), stored(settings)) == (0, [])
    assert send().status_code == 201


def test_deadlines_go_on_meanwhile(send, world, at, monkeypatch):
    duties.open_for(
        [world.sitting], cause="C3", room_session=world.room, incident=None, actor=None, now=at.now
    )

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "fsync", full)
    assert send().status_code == 507
    at("E"), at.fire()
    assert EvidenceDuty.objects.get().status == "missed"


def test_what_is_stored_is_read_only(send, settings):
    send()
    [place] = [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]
    assert place.stat().st_mode & 0o222 == 0


def test_a_damaged_file_is_whole_again_when_its_picture_comes_again(settings):
    sha = files.save(pictures.jpeg())
    place = files.path(sha)
    place.chmod(0o600)
    place.write_bytes(b"damaged")
    assert files.save(pictures.jpeg()) == sha
    assert place.read_bytes() == pictures.jpeg()
