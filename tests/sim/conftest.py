"""A fake portal and callers that never sleep."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

import pytest

from exam_ops.sim.clock import ExamClock
from exam_ops.sim.http import Caller, Portal
from exam_ops.sim.network import Network
from exam_ops.sim.phone import Phone
from tests.sim.fake_portal import FakePortal, signed_in

NOW = datetime(2025, 12, 6, 0, 10, tzinfo=UTC)


@pytest.fixture
def fake() -> Iterator[FakePortal]:
    portal = FakePortal()
    yield portal
    portal.close()


@pytest.fixture
def pauses() -> list[float]:
    """How long the callers would have waited."""
    return []


@pytest.fixture
def portal(fake: FakePortal, pauses: list[float]) -> Iterator[Portal]:
    with Portal(fake.base_url, clock=ExamClock(lambda: NOW), sleep=pauses.append, retries=3) as portal:
        yield portal


@pytest.fixture
def caller(portal: Portal) -> Caller:
    return Caller(portal, token="t0k3n", network=Network(rng=Random(1)))


@pytest.fixture
def phone(portal: Portal, fake: FakePortal) -> Phone:
    fake.reply = signed_in
    return Phone(portal, "t1", "secret", rng=Random(1))
