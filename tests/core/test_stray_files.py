"""Files that no row names are swept after a day's grace; all others stay."""

import os
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core import files, stray_files
from exam_ops.core.models import Candidate
from tests.journeys.voices import panorama
from verification.models import Picture


@pytest.fixture
def stored(at):
    """`stored(hours)` is the hash of a file that was stored so long ago."""

    def make(hours: float) -> str:
        sha = files.save(uuid.uuid4().bytes)
        aged(sha, at.now - timedelta(hours=hours))
        return sha

    return make


def aged(sha: str, when) -> None:
    os.utime(files.path(sha), (when.timestamp(), when.timestamp()))


def sweep(at) -> int:
    return sum(stray_files.sweep(f"{n:02x}", now=at.now) for n in range(256))


def test_a_file_that_no_row_names_goes_after_a_day(db, at, stored):
    second = 1 / 3600
    young, just_not, stray = stored(1), stored(24 - second), stored(24 + second)
    assert sweep(at) == 1
    assert [files.exists(sha) for sha in (young, just_not, stray)] == [True, True, False]


def test_what_any_row_names_stays(world, api, at, stored):
    face, copy = stored(30), stored(30)
    Candidate.objects.filter(pk=world.sitting.candidate_id).update(photo=face)
    Picture.objects.create(sha256="0" * 64, kind="image/jpeg", asked_at=at.now, display=copy)
    at("T+31m")
    sent = panorama(api(world.cast.proctor), world.room).json()["sha256"]
    aged(sent, at.now - timedelta(hours=30))
    assert sweep(at) == 0
    assert all(files.exists(sha) for sha in (face, copy, sent))


def test_what_is_sent_again_is_young_again(db, at, settings):
    content = b"sent twice"
    sha = files.save(content)
    aged(sha, at.now - timedelta(hours=30))
    os.utime(files.path(sha), None)
    at.now = files.stored_at(sha) + timedelta(hours=23)
    files.save(content)
    assert sweep(at) == 0


def test_what_a_killed_process_left_half_written_goes_too(db, at, settings):
    folder = settings.FILES_DIR / "incoming"
    folder.mkdir(parents=True)
    for name, hours in (("old", 25), ("new", 1)):
        (folder / name).write_bytes(b"half")
        when = (at.now - timedelta(hours=hours)).timestamp()
        os.utime(folder / name, (when, when))
    sweep(at)
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_every_prefix_has_its_turn_within_a_day(at):
    turns = {stray_files.turn(at.now + n * stray_files.PACE) for n in range(256)}
    assert len(turns) == 256
    assert 256 * stray_files.PACE < stray_files.GRACE


def test_the_sign_ins_are_read_for_a_true_stray_alone(db, at):
    Picture.objects.create(sha256="a" * 64, kind="image/jpeg", asked_at=at.now)
    with CaptureQueriesContext(connection) as seen:
        assert stray_files.named(["a" * 64]) == {"a" * 64}
    assert not [query for query in seen if "verification_signin" in query["sql"]]
