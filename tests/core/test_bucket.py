"""Files in an S3-compatible bucket: through the same door, verified before their row is committed."""

import hashlib
from collections.abc import Iterator
from importlib import import_module

import pytest
from django.core.exceptions import ImproperlyConfigured

from exam_ops.core import bucket_store, files
from exam_ops.core.errors import StorageFull, Unavailable
from incidents.models import Evidence
from tests.core import bucket as buckets
from tests.journeys.voices import code, panorama
from tests.pictures import jpeg


@pytest.fixture(scope="module")
def server() -> Iterator[buckets.Bucket]:
    with buckets.running() as bucket:
        yield bucket


@pytest.fixture
def bucket(server, settings) -> Iterator[buckets.Bucket]:
    server.clear()
    settings.FILES_URL = f"s3://{buckets.NAME}/portal"
    settings.FILES_ENDPOINT, settings.FILES_REGION = server.endpoint, buckets.REGION
    settings.FILES_ACCESS_KEY, settings.FILES_SECRET_KEY = buckets.KEY, buckets.SECRET
    files._store_of.cache_clear()
    yield server
    files._store_of.cache_clear()


def test_a_file_goes_there_and_comes_back_through_the_same_door(bucket, settings):
    content = bytes(range(256)) * 5_000  # more than is held in memory
    sha = files.save(content)
    assert bucket.objects == {f"portal/{sha}": content}
    assert not [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]
    with files.open(sha) as file:
        assert file.read() == content
    assert files.exists(sha)
    assert files.stored_at(sha) == buckets.STORED_AT
    assert list(files.names(sha[:2])) == [(sha, buckets.STORED_AT)]
    with files.receive(content) as again:
        again.keep()
    assert not again.is_new
    files.remove(sha), files.remove(sha)
    assert not files.exists(sha)
    with pytest.raises(FileNotFoundError):
        files.open(sha)


@pytest.mark.parametrize("keeps_checksums", [True, False])
def test_what_stands_otherwise_than_it_was_sent_does_not_count(bucket, keeps_checksums):
    bucket.corrupts, bucket.keeps_checksums = True, keeps_checksums
    with pytest.raises(files.NotStoredWhole):
        files.save(b"picture")


def test_what_comes_back_with_other_bytes_is_not_shown(bucket):
    sha = files.save(b"picture")
    bucket.objects[f"portal/{sha}"] = b"pictura"
    with pytest.raises(bucket_store.Damaged):
        files.open(sha)


def test_a_full_bucket_is_no_room(bucket):
    bucket.full = True
    with pytest.raises(StorageFull):
        files.save(b"picture")


@pytest.mark.parametrize("change", [{"FILES_SECRET_KEY": "other"}, {"FILES_ENDPOINT": "http://127.0.0.1:9"}])
def test_a_bucket_that_refuses_or_does_not_answer_is_told_as_such(bucket, settings, change):
    for name, value in change.items():
        setattr(settings, name, value)
    with pytest.raises(Unavailable):
        files.save(b"picture")
    assert bucket.objects == {}


def test_without_its_library_it_says_what_to_install(bucket, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(bucket_store, "import_module", missing)
    with pytest.raises(ImproperlyConfigured, match=r"requirements/s3\.txt"):
        files.save(b"picture")
    assert import_module("boto3")


def test_evidence_is_in_the_bucket_before_its_row_is_committed(bucket, api, page, world, at):
    at("T+31m")
    proctor = api(world.cast.proctor)
    bucket.full = True
    assert code(panorama(proctor, world.room)) == (507, "storage_full")
    assert (Evidence.objects.count(), bucket.objects) == (0, {})
    bucket.full = False
    assert panorama(proctor, world.room).status_code == 201
    row = Evidence.objects.get()
    assert hashlib.sha256(bucket.objects[f"portal/{row.sha256}"]).hexdigest() == row.sha256
    shown = page(world.cast.chief).get(f"/integrity/evidence/{row.pk}/photo/", follow=True)
    assert b"".join(shown.streaming_content) == jpeg()
