"""Two people on one pair, two on one hint, two workers at one queue: one effect each."""

import pytest
from django.urls import reverse

from exam_ops.core import files
from incidents.models import EvidenceDuty, Incident
from tests.races import at_once
from tests.verification.helpers import jpeg
from tests.verification.scenes import sign_in
from verification.models import PhotoCheck, PhotoHint, Picture, PostExamCheck, PostExamRun, SignIn
from verification.services import photo_copies

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def doubted(world, cast, at) -> PhotoHint:
    """A sign-in whose photo has a hint."""
    row = sign_in(world.sitting, cast.proctor, now=at.now)
    SignIn.objects.filter(pk=row.pk).update(photo=files.save(jpeg()))
    row.refresh_from_db()
    photo_copies.ask_for_sign_in(row, row.photo, "image/jpeg", now=at.now)
    return PhotoHint.objects.create(photo=PhotoCheck.objects.get(), kind="blurred", found_at=at.now)


def test_two_verdicts_on_one_pair(world, cast, page, doubted, at):
    at("E")
    url = reverse("post-exam-pair", args=[world.site_unit.pk])
    photo = SignIn.objects.get().photo
    said = {"sitting": world.sitting.pk, "photo": photo, "note": "x"}
    chief, admin = page(cast.chief), page(cast.site_admin)
    answers = at_once(
        lambda: chief.post(url, said | {"result": "same"}, HTTP_HX_REQUEST="true"),
        lambda: admin.post(url, said | {"result": "differs"}, HTTP_HX_REQUEST="true"),
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    assert sum("HX-Trigger" in answer for answer in answers) == 1  # one of them is told
    check, run = PostExamCheck.objects.get(), PostExamRun.objects.get()
    assert (run.checked, run.findings) == (1, int(check.result == "differs"))


def test_two_judges_of_one_hint(world, cast, page, doubted):
    url = reverse("photo-hint-judge", args=[doubted.pk])
    chief, proctor = page(cast.chief), page(cast.proctor)
    at_once(
        lambda: chief.post(url, {"verdict": "bad", "note": "x"}),
        lambda: proctor.post(url, {"verdict": "clear", "note": "x"}),
    )
    is_bad = int(PhotoHint.objects.get().verdict == "bad")
    assert EvidenceDuty.objects.count() == Incident.objects.count() == is_bad


def test_two_workers_take_every_picture_once(world, at):
    Picture.objects.bulk_create(
        Picture(sha256=f"{n:064x}", kind="image/jpeg", asked_at=at.now, due_at=at.now) for n in range(30)
    )
    taken = at_once(*[lambda: [p.pk for p in photo_copies.take(now=at.now)]] * 3)
    assert len({pk for pks in taken for pk in pks}) == sum(map(len, taken))
