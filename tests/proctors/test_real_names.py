"""The real-name service over real HTTP: agrees, differs, doesn't know, is slow, breaks; people go on meanwhile (B2)."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from exam_ops.core import files
from exam_ops.core.models import ProctorProfile
from exam_ops.rules.certification import Fact
from incidents.channels import guard
from proctors.models import Breaker, CertificateCheck, RealNameAsk
from proctors.real_names import breaker
from proctors.real_names.chosen import provider
from proctors.real_names.provider import NoAnswer, Question
from proctors.real_names.service import RealNameService
from proctors.services import certificate_worker
from proctors.services.registry_photos import Kept
from tests.incidents.receiver import receiving
from tests.proctors import people

QUESTION = Question("k", people.number(), "教师甲", b"jpeg")


@pytest.fixture
def service(settings):
    """A real-name service on loopback; `says(number=…)` sets its answer, all agree otherwise."""
    with receiving() as running:
        settings.REAL_NAME_PROVIDER, settings.REAL_NAME_KEY = "service", "k3y"
        settings.REAL_NAME_URL = f"http://{running.target}/check"
        settings.MESSAGE_TEST_TARGET = running.target
        settings.REAL_NAME_WITHIN = 0.4

        def says(**parts: str) -> None:
            agreed = {"number": "agree", "name": "agree", "photo": "agree"}
            running.answer = json.dumps(agreed | parts).encode()

        running.says = says
        says()
        yield running


@pytest.fixture
def entered(world, cast, service):
    """`entered(2)` is a proctor whose facts are complete, so that the service is asked."""

    def add(seq: int = 1) -> ProctorProfile:
        photo = Kept(files.save(b"jpeg"))
        return people.add(cast.site_admin, seq, pictures=people.PICTURES | {Fact.PHOTO: photo})

    return add


@pytest.fixture
def run(at):
    """The worker works until nothing waits; returns how many answers it got."""
    return lambda: certificate_worker.run(lambda: at.now)


def state(profile: ProctorProfile) -> tuple[str, str]:
    profile.refresh_from_db()
    return profile.status, profile.source


def test_three_agreements_certify_and_the_service_gets_what_it_needs(entered, service, run):
    profile = entered()
    assert run() == 1
    assert state(profile) == ("certified", "service")
    [call] = service.calls
    assert call["json"] == {"number": people.number(), "name": "教师1", "photo": "anBlZw=="}
    assert call["headers"]["Authorization"] == "Bearer k3y"
    assert call["headers"]["Idempotency-Key"] == f"proctor-{profile.pk}-1"
    assert CertificateCheck.objects.get(kind="service").by is None
    assert run() == 0
    assert len(service.calls) == 1


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"name": "differ", "words": "姓名与号码不符"}, ("refused", "service")),
        ({"number": "differ"}, ("refused", "service")),
        ({"photo": "differ"}, ("recheck", "service")),
        ({"photo": "unknown"}, ("recheck", "service")),
        ({"number": "unknown", "name": "unknown", "photo": "unknown"}, ("recheck", "service")),
    ],
)
def test_anything_else_certifies_nobody(entered, service, run, said, found):
    profile = entered()
    service.says(**said)
    run()
    assert state(profile) == found
    assert said.get("words", "") in profile.status_reason


@pytest.mark.parametrize("broken", ["status", "garbage", "half", "slow"])
def test_while_it_is_broken_nobody_is_certified_and_people_go_on(entered, service, run, cast, at, broken):
    profile = entered()
    if broken == "status":
        service.status = 503
    elif broken == "garbage":
        service.answer = b"<html>"
    elif broken == "half":
        service.answer = b'{"number": "agree", "name": "agree"}'
    else:
        service.drips_at = "/check"
    assert run() == 0
    assert state(profile) == ("pending", "")
    ask = RealNameAsk.objects.get()
    assert (ask.attempts, ask.due_at, ask.done_at) == (1, at.now + timedelta(seconds=5), None)
    assert ask.error
    people.compare(cast.branch, profile)
    assert state(profile) == ("certified", "person")
    at.now = ask.due_at
    assert run() == 0
    ask.refresh_from_db()
    assert (ask.due_at, ask.done_at) == (None, at.now)
    assert len(service.calls) == 1


def test_after_failures_in_a_row_it_is_left_in_peace_and_tried_once(entered, service, run, at):
    profiles = [entered(seq) for seq in range(1, 8)]
    service.status = 500
    run()
    assert len(service.calls) == breaker.OPENS_AFTER
    opened = Breaker.objects.get()
    assert opened.trial_at == at.now + timedelta(seconds=30)
    at.now = opened.trial_at - timedelta(seconds=1)
    run()
    assert len(service.calls) == breaker.OPENS_AFTER
    at.now = opened.trial_at
    run()
    assert len(service.calls) == breaker.OPENS_AFTER + 1  # the trial failed: shut for longer
    opened.refresh_from_db()
    assert opened.trial_at == at.now + timedelta(seconds=60)
    service.status = 200
    at.now = opened.trial_at + timedelta(minutes=30)
    run()
    assert {state(profile) for profile in profiles} == {("certified", "service")}
    assert not Breaker.objects.filter(opened_at__isnull=False).exists()


def test_of_an_open_one_a_single_caller_gets_the_trial(db, at):
    for _ in range(breaker.OPENS_AFTER):
        breaker.failed("service", now=at.now)
    later = at.now + timedelta(seconds=30)
    assert [breaker.lets_through("service", now=later) for _ in range(3)] == [True, False, False]
    assert breaker.lets_through("service", now=later + breaker.TRIAL_TAKES)


def test_what_an_older_workbook_certified_is_asked_about_once_its_pictures_are_there(
    entered, service, run, cast
):
    old = ProctorProfile.objects.get(user=cast.proctor)
    ProctorProfile.objects.filter(pk=old.pk).update(source="import", id_no=people.number(9))
    photo = Kept(files.save(b"jpeg"))
    people.change(cast.site_admin, old, pictures=people.PICTURES | {Fact.PHOTO: photo})
    assert state(old) == ("certified", "import")
    assert run() == 1
    assert state(old) == ("certified", "service")


def test_facts_that_changed_meanwhile_are_asked_anew(entered, service, run, cast):
    profile = entered()
    people.change(cast.branch, profile, name="教师乙")
    assert run() == 1
    assert [call["json"]["name"] for call in service.calls] == ["教师乙"]
    assert state(profile) == ("certified", "service")


def test_built_in_is_the_person_who_is_asked_by_no_program(world, cast, run, settings):
    people.add(cast.site_admin)
    assert not RealNameAsk.objects.exists()
    with pytest.raises(NoAnswer):
        provider().ask(QUESTION)
    settings.REAL_NAME_PROVIDER = "guess"
    with pytest.raises(ImproperlyConfigured, match="person, service"):
        provider()


@pytest.mark.parametrize("url", ["http://names.example.edu/", "https://127.0.0.1/", "https://10.0.0.8/", ""])
def test_only_a_public_https_address_is_called(settings, monkeypatch, url):
    settings.REAL_NAME_URL = url
    monkeypatch.setattr(guard, "look_up", lambda host, port: [host])
    with pytest.raises(NoAnswer):
        RealNameService().ask(QUESTION)
