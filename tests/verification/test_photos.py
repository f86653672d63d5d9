"""Photos by a call of their own: by content, once, of the own record."""

import errno

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core import files
from tests.verification.helpers import ask, check, heic, jpeg, problem, send
from verification.models import SignIn


@pytest.fixture
def phone(api, cast):
    return api(cast.proctor)


@pytest.fixture
def url(world, phone) -> str:
    return f"/api/v1/sign-ins/{send(phone, check(world.sitting))[0]['id']}/photo/"


def put(caller, url: str, content: bytes, kind: str = "image/jpeg"):
    return caller.put(url, content, content_type=kind)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(jpeg(), "image/jpeg"), (heic(), "image/heic"), (jpeg(), "application/octet-stream")],
)
def test_a_picture_is_told_by_its_content(phone, url, content, kind):
    answer = put(phone, url, content, kind)
    assert answer.status_code == 201, answer.content
    assert files.open(answer.json()["sha256"]).read() == content
    assert SignIn.objects.get().photo == answer.json()["sha256"]


def test_again_and_another(phone, url):
    first = put(phone, url, jpeg())
    again = put(phone, url, jpeg())
    assert (again.status_code, again.json()) == (200, first.json())
    assert problem(put(phone, url, jpeg("red"))) == (409, "photo_differs")


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", jpeg()[:200]]
)
def test_what_is_no_picture(phone, url, content):
    assert problem(put(phone, url, content)) == (415, "unsupported_media_type")
    assert SignIn.objects.get().photo == ""


def test_a_picture_that_is_too_large(phone, url, settings):
    settings.MAX_PHOTO_BYTES = 1024 * 1024
    assert problem(put(phone, url, jpeg() + bytes(1024 * 1024))) == (413, "too_large")


def test_a_full_disk_is_told_and_nothing_is_half_done(phone, url, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    assert problem(put(phone, url, jpeg())) == (507, "storage_full")
    assert SignIn.objects.get().photo == ""


def test_the_id_in_capitals_as_ios_writes_it(phone, url):
    head, id, tail = url.partition(str(SignIn.objects.get().pk))
    assert put(phone, head + id.upper() + tail, jpeg()).status_code == 201


def test_of_a_rejected_sign_in_too(world, phone):
    row = send(phone, check(10**9))[0]
    assert put(phone, f"/api/v1/sign-ins/{row['id']}/photo/", jpeg()).status_code == 201


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("second", (403, "not_allowed")),
        ("next_room", (403, "out_of_scope")),
        ("sibling_proctor", (404, "not_found")),
        ("foreign_proctor", (404, "not_found")),
        ("chief", (403, "not_allowed")),
        ("nobody", (403, "not_allowed")),
    ],
)
def test_only_of_the_own_record(api, cast, url, who, expected):
    assert problem(put(api(getattr(cast, who)), url, jpeg())) == expected


def test_not_without_a_phone(api, cast, url):
    assert problem(put(api(cast.proctor, phone=False), url, jpeg())) == (403, "not_allowed")


def test_the_chief_sees_it_and_strangers_do_not(api, cast, phone, url):
    put(phone, url, jpeg())
    assert b"".join(api(cast.chief).get(url).streaming_content) == jpeg()
    assert problem(api(cast.stranger).get(url)) == (404, "not_found")


def test_of_an_entry_request(world, api, cast, phone):
    id = ask(phone, world.sitting).json()["id"]
    assert put(phone, f"/api/v1/entry-requests/{id}/photo/", jpeg()).status_code == 201
    [told] = phone.get("/api/v1/entry-requests/").json()["results"]
    assert told["has_photo"]


def test_nothing_is_read_twice_and_no_number_at_all(phone, url):
    with CaptureQueriesContext(connection) as seen:
        assert put(phone, url, jpeg()).status_code == 201
    asked = [q["sql"] for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]
    assert len(asked) <= 8
    assert not any('"id_no"' in sql for sql in asked)
