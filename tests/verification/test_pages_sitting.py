"""One candidate's page, and pictures through permission."""

import uuid

import pytest
from django.urls import reverse

from exam_ops.core import files
from tests.verification.helpers import jpeg
from tests.verification.scenes import ask, sign_in, with_photo
from verification.models import EntryRequest, SignIn


@pytest.fixture
def url(world) -> str:
    return reverse("sitting-detail", args=[world.sitting.pk])


def photo(kind: str, ident: object) -> str:
    return reverse("file-photo", args=[kind, ident])


def test_everything_that_is_known_stands_there(world, cast, page, at, url):
    sign_in(world.sitting, cast.proctor, now=at.now, outcome="failed", device_id="phone-7", skew_ms=400_000)
    request = ask(world.sitting, cast.proctor, now=at.now)
    EntryRequest.objects.filter(pk=request.pk).update(photo=files.save(jpeg()))
    html = page(cast.chief).get(url).content.decode()
    for words in (
        "考生101",
        "phone-7",
        "+400.0 秒",
        "提交入场审批",
        "同意入场",
        photo("request", request.pk),
    ):
        assert words in html
    assert "99900119990101101X" not in html
    assert "999***********101X" in html


@pytest.mark.parametrize(
    ("who", "status"),
    [("chief", 200), ("branch", 200), ("hq", 200), ("sibling_chief", 404), ("other_branch", 404), ("stranger", 404),
     ("nobody", 403), ("proctor", 403), ("candidate", 403)],
)  # fmt: skip
def test_who_sees_a_candidate(world, cast, page, url, who, status):
    assert page(getattr(cast, who)).get(url).status_code == status


def test_a_decided_request_shows_who_and_when(world, cast, page, at, url):
    request = ask(world.sitting, cast.proctor, now=at.now)
    body = {"ids": [request.pk], "outcome": "rejected", "reason": "证件与本人不符"}
    page(cast.chief).post(reverse("entry-requests-decide"), body)
    html = page(cast.chief).get(url).content.decode()
    assert "证件与本人不符" in html
    assert "不同意入场" in html
    assert "request-acts" not in html


def test_a_missing_photo_is_drawn_and_never_asked_for(world, cast, page, url):
    html = page(cast.chief).get(url).content.decode()
    assert "无报名照片" in html
    assert "/sign-ins/photos/" not in html


def test_a_photo_is_guarded(world, cast, page):
    with_photo(world.sitting)
    answer = page(cast.chief).get(photo("reference", world.sitting.pk), follow=True)
    assert b"".join(answer.streaming_content) == jpeg()
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_sign_ins_and_requests_have_their_own(world, cast, page, at):
    row = sign_in(world.sitting, cast.proctor, now=at.now)
    SignIn.objects.filter(pk=row.pk).update(photo=files.save(jpeg()))
    assert page(cast.chief).get(photo("sign_in", row.pk), follow=True).status_code == 200
    assert page(cast.stranger).get(photo("sign_in", row.pk)).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("proctor", 200),
        ("branch", 200),
        ("next_room", 403),
        ("sibling_chief", 404),
        ("stranger", 404),
        ("nobody", 403),
    ],
)
def test_who_sees_a_face(world, cast, page, who, status):
    with_photo(world.sitting)
    answer = page(getattr(cast, who)).get(photo("reference", world.sitting.pk), follow=True)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("kind", "ident"),
    [
        ("reference", "x"),
        ("reference", "9" * 30),
        ("sign_in", "1"),
        ("other", "1"),
        ("request", uuid.uuid4()),
    ],
)
def test_what_is_not_there_is_a_drawn_head(cast, page, kind, ident):
    answer = page(cast.chief).get(photo(kind, ident))
    assert (answer.status_code, answer["Content-Type"]) == (404, "image/svg+xml")


def test_a_lost_file_is_a_drawn_head_too(world, cast, page):
    files.remove(with_photo(world.sitting))
    assert page(cast.chief).get(photo("reference", world.sitting.pk)).status_code == 404
