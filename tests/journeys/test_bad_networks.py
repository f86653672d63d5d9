"""Phones that are offline, slow, wrong in time, killed in the middle or used twice, against the portal itself (C0, C12).

The phones are those of `exam_ops/sim`: they know the contract alone and reckon at the end over the API.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application

from exam_ops.core.models import User
from exam_ops.sim import audit, network
from exam_ops.sim.clock import ExamClock
from exam_ops.sim.http import Portal, Problem
from exam_ops.sim.ledger import Ledger
from exam_ops.sim.network import Network, Unreachable
from exam_ops.sim.phone import Device, Phone
from tests.conftest import moment
from tests.journeys.voices import PASSWORD
from verification.models import AppRelease, SignIn

DEVICE = Device("android", "4.0.0", "13", "Example A1", 7800, "phone")
CLOSES = moment("T+30m")


@pytest.fixture
def portal(world, at, monkeypatch) -> Iterator[Portal]:
    """The portal as it stands in this test, on the test's clock."""
    application = httpx.WSGITransport(app=get_wsgi_application())
    # The end of a request would close the connection that holds the test's own transaction.
    monkeypatch.setattr(request_started, "receivers", [])
    monkeypatch.setattr(request_finished, "receivers", [])
    clock = ExamClock(lambda: at.now, device_only=True)
    with Portal(
        "http://testserver", transport=application, clock=clock, retries=2, sleep=lambda seconds: None
    ) as portal:
        yield portal


@pytest.fixture
def carry(portal: Portal) -> Callable[..., Phone]:
    """`carry(user)`: somebody's phone, logged in."""

    def phone(user: User, seed: int = 1, **more) -> Phone:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        device = replace(DEVICE, device_id=f"phone-of-{user.username}")
        carried = Phone(portal, user.username, PASSWORD, device=device, rng=Random(seed), **more)
        carried.login()
        return carried

    return phone


def reckon(world, *phones: Phone) -> None:
    """Every check has one answer and one effect."""
    ledger = Ledger()
    audit.room(ledger, phones, world.room.pk, closes=CLOSES)
    assert ledger.unexpected == []
    taken = [capture.id for phone in phones for _, capture in phone.journal]
    assert sorted(str(pk) for pk in SignIn.objects.values_list("pk", flat=True)) == sorted(taken)


def try_to_send(phone: Phone, room: int) -> None:
    try:
        if not phone.caller.token:
            phone.login()
        phone.flush(room, batch=2)
    except Unreachable:
        """It stays in the phone."""


@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm_at_the_door_loses_and_doubles_nothing(world, cast, carry, seed):
    chance, room = Random(seed), world.room.pk
    phones = [carry(user, seed) for user in (cast.proctor, cast.second)]
    for phone in phones:
        phone.use(network.bad(phone.rng))
    for sitting in chance.sample(world.sittings["A1/301"] * 2, 12):
        phone = chance.choice(phones)
        phone.capture(room, sitting.pk, passed=chance.random() < 0.7)
        match chance.randrange(4):
            case 0:
                phone.restart(keeps_token=chance.random() < 0.5)
            case 1:
                phone.network.dead_spot(5)
        try_to_send(phone, room)
    for phone in phones:
        phone.use(Network(phone.rng))
        try_to_send(phone, room)
    reckon(world, *phones)


@pytest.mark.parametrize("skew", [timedelta(minutes=-7), timedelta(minutes=12), timedelta(days=1)])
def test_a_wrong_clock_is_seen_through(world, cast, carry, at, skew):
    at("T+28m")
    phone = carry(cast.proctor, skew=skew)
    phone.capture(world.room.pk, world.sitting.pk)
    (result,) = phone.flush(world.room.pk)
    assert (result["status"], result["entry_status"]) == ("created", "signed_in")
    assert SignIn.objects.get().skew_ms == -skew / timedelta(milliseconds=1)
    reckon(world, phone)


def test_what_was_taken_in_time_counts_when_it_arrives_after_the_close(world, cast, carry, at):
    phone, other = carry(cast.proctor), carry(cast.second)
    at("T+29m")
    phone.offline()
    phone.capture(world.room.pk, world.sitting.pk)
    at("T+30m")
    phone.capture(world.room.pk, world.sittings["A1/301"][1].pk)
    at.fire()
    assert {row["entry_status"] for row in other.roster(world.room.pk)} == {"absent"}
    phone.online()
    results = phone.flush(world.room.pk)
    assert [(r["status"], r["code"], r["entry_status"]) for r in results] == [
        ("created", None, "signed_in"), ("rejected", "not_open", "absent")
    ]  # fmt: skip
    late = [row["ticket_no"] for row in other.roster(world.room.pk) if row["late"]]
    assert late == [world.sitting.ticket_no]
    reckon(world, phone, other)


def test_an_old_app_keeps_its_checks_through_the_update(world, cast, carry, at):
    phone = carry(cast.proctor)
    phone.capture(world.room.pk, world.sitting.pk)
    phone.restart()
    newer = {"minimum_version": "4.2.0", "latest_version": "4.2.0"}
    AppRelease.objects.create(platform="android", effective_from=at.now - timedelta(hours=1), **newer)
    with pytest.raises(Problem) as refused:
        phone.login()
    assert refused.value.code == "app_update_required"
    phone.update(refused.value.body["minimum_version"])
    phone.login()
    assert [r["status"] for r in phone.flush(world.room.pk)] == ["created"]
    reckon(world, phone)


def test_two_phones_on_one_candidate_leave_a_gap_nowhere_and_one_effect(world, cast, carry):
    phones = [carry(cast.proctor), carry(cast.second)]
    for phone in phones:
        phone.capture(world.room.pk, world.sittings["A1/301"][1].pk, hold=True)
        phone.capture(world.room.pk, world.sitting.pk)
        phone.flush(world.room.pk)
    gaps = phones[0].stats(world.room.pk)["missing_from_phones"]
    assert [gap["missing_seqs"] for gap in gaps] == [[1], [1]]
    for phone in phones:
        phone.release(world.room.pk)
        phone.flush(world.room.pk)
    assert SignIn.objects.filter(effective=True).count() == 2
    reckon(world, *phones)
