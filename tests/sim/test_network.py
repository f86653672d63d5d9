"""What a bad network does to honest callers, and that the same seed does the same."""

from random import Random

import pytest

from exam_ops.sim import network
from exam_ops.sim.http import Caller
from exam_ops.sim.network import Network, Unreachable


def names(fake) -> list[str]:
    return [heard.body["id"] for heard in fake.heard]


def test_a_request_may_arrive_twice(fake, portal):
    Caller(portal, network=Network(rng=Random(1), twice=1.0)).post("sign-ins/", {"id": "a"})
    assert names(fake) == ["a", "a"]


def test_a_copy_goes_astray_and_arrives_after_later_ones(fake, portal):
    caller = Caller(portal, network=Network(rng=Random(1), astray=1.0))
    caller.post("sign-ins/", {"id": "a"})
    caller.network.astray = 0.0
    for n in range(network.LONGEST_ASTRAY):
        caller.post("sign-ins/", {"id": str(n)})
    assert names(fake).count("a") == 2
    assert names(fake)[1] != "a"


def test_in_a_dead_spot_nothing_gets_through_until_it_ends(fake, portal, pauses):
    caller = Caller(portal, network=Network(rng=Random(1)))
    caller.network.dead_spot(2)
    caller.post("sign-ins/", {"id": "a"})
    assert (names(fake), len(pauses)) == (["a"], 2)
    caller.network.dead_spot(50)
    with pytest.raises(Unreachable):
        caller.post("sign-ins/", {"id": "b"})
    assert names(fake) == ["a"]


def test_a_slow_network_takes_its_time(fake, portal, pauses):
    Caller(portal, network=Network(rng=Random(1), latency=(0.5, 2.0))).post("sign-ins/", {"id": "a"})
    assert len(pauses) == 1
    assert 0.5 <= pauses[0] <= 2.0


def test_the_same_seed_loses_the_same(fake, portal):
    heard = []
    for _ in range(2):
        fake.heard.clear()
        caller = Caller(portal, network=network.bad(Random(7)))
        for n in range(12):
            caller.post("sign-ins/", {"id": str(n)})
        heard.append(names(fake))
    assert heard[0] == heard[1]
    assert len(heard[0]) > 12
