"""The reckoning finds what a portal has lost, doubled, forgotten or told otherwise."""

from collections.abc import Callable

import pytest

from exam_ops.sim import audit
from exam_ops.sim.http import Portal
from exam_ops.sim.ledger import Ledger
from exam_ops.sim.phone import Phone
from tests.sim.contract_portal import ContractPortal, T
from tests.sim.fake_portal import FakePortal

CLOSES = T.replace(hour=1, minute=0)


@pytest.fixture
def keeper(fake: FakePortal) -> ContractPortal:
    return ContractPortal(fake)


@pytest.fixture
def worked(fake: FakePortal, keeper: ContractPortal) -> tuple[Phone, int]:
    """A phone that has checked a whole room, one of them twice and one too late."""
    portal = Portal(fake.base_url, sleep=lambda seconds: None)
    phone = Phone(portal, "tA101a", "x")
    phone.login()
    phone.duties()
    room = keeper.session("U1", "A1", "01")
    people = [s["sitting"] for s in keeper.sittings.values() if s["room"] == room]
    for sitting in people[:-1]:
        phone.capture(room, sitting)
    phone.capture(room, people[0], passed=False)
    phone.flush(room)
    phone.capture(room, people[-2])
    keeper.at = CLOSES
    phone.duties()
    phone.capture(room, people[-1])
    phone.flush(room)
    return phone, room


def surprises(phone: Phone, room: int) -> set[str]:
    ledger = Ledger()
    assert audit.room(ledger, [phone], room, closes=CLOSES) == 11
    return {line.partition(":")[0] for line in ledger.unexpected}


def test_nothing_is_wrong_when_nothing_is(worked):
    assert surprises(*worked) == set()


def sign_out(keeper: ContractPortal) -> None:
    next(iter(keeper.sittings.values()))["entry_status"] = "not_signed_in"


def mark_late(keeper: ContractPortal) -> None:
    next(iter(keeper.sittings.values()))["late"] = True


def open_a_gap(keeper: ContractPortal) -> None:
    next(iter(keeper.seqs.values())).discard(3)


def forget(keeper: ContractPortal) -> None:
    keeper.answers_to = {}


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (forget, "重发得到原答复"),
        (sign_out, "名单与核验一致"),
        (mark_late, "迟到数据已标注"),
        (open_a_gap, "没有未到达的签到"),
    ],
)
def test_what_is_wrong_is_found(worked, keeper, plant: Callable[[ContractPortal], object], found: str):
    plant(keeper)
    assert found in surprises(*worked)


def test_what_still_waits_in_a_phone_is_found(worked):
    phone, room = worked
    phone.queue.add(room, phone.journal[0][1])
    assert "手机中无滞留" in surprises(phone, room)
