"""The close of evidence at the commit: what began in time and would be committed too late is refused (C14)."""

import json
import uuid
from pathlib import Path

import pytest

from exam_ops.core import files
from exam_ops.core.models import Event, SiteUnit, StoredAnswer
from incidents.models import Evidence
from tests import pictures

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stalled(monkeypatch, at):
    """`stalled("E")`: the clock moves on between the write and its commit."""

    def until(expression: str) -> None:
        keep = files.Incoming.keep

        def slowly(incoming: files.Incoming) -> str:
            sha256 = keep(incoming)
            at(expression)
            return sha256

        monkeypatch.setattr(files.Incoming, "keep", slowly)

    return until


@pytest.fixture
def send(api, world):
    def call(photo: bytes | None = None):
        body = {
            "id": str(uuid.uuid4()),
            "room_session": world.room.pk,
            "reason": "人脸识别未通过，已人工核对证件",
            "captured_at": "2025-12-06T09:01:00+08:00",
            "marks": json.dumps([{"sitting": world.sitting.pk, "x": 0.4, "y": 0.5}]),
            "photo": pictures.upload(photo),
        }
        return api(world.cast.proctor).post("/api/v1/evidence/", body, format="multipart")

    return call


def stored_files(settings) -> list[Path]:
    return [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]


def test_what_is_committed_just_before_the_end_stands(send, stalled, at, settings):
    at("E-1s"), stalled("E-1ms")
    assert send().status_code == 201
    assert Evidence.objects.count() == len(stored_files(settings)) == 1


@pytest.mark.parametrize("committed", ["E", "E+1ms", "E+1s"])
def test_what_is_committed_from_the_end_on_leaves_nothing(send, stalled, at, settings, committed):
    at("E-1s"), stalled(committed)
    answer = send()
    assert (answer.status_code, answer.data["code"]) == (403, "evidence_closed")
    assert answer.data["closed_at"] == "2025-12-06T02:00:00+00:00"
    assert not Evidence.objects.exists()
    assert not StoredAnswer.objects.filter(kind="evidence").exists()
    assert not Event.objects.filter(kind="evidence.received").exists()
    assert stored_files(settings) == []


def test_the_same_picture_that_came_in_time_keeps_its_file(send, stalled, at, settings):
    at("E-2s")
    assert send().status_code == 201
    stalled("E")
    assert send().status_code == 403
    assert files.open(Evidence.objects.get().sha256).read() == pictures.jpeg()


def test_an_end_that_headquarters_moved_counts_at_the_commit(send, stalled, at, world):
    later = at("E+10m")
    SiteUnit.objects.filter(pk=world.site_unit.pk).update(evidence_closes_at=later)
    at("E-1s"), stalled("E+599s")
    assert send().status_code == 201
