"""The network of one device as it is at a door: slow, lossy, repeating, out of order, dead for a while.

All chance comes from a seed; chances are 0..1 per exchange. What a network does to an exchange:

- `latency`: seconds that it takes, drawn between two bounds.
- `lose_request`: nothing arrives. `lose_answer`: the portal has acted, the device can't know and repeats itself.
- `twice`: the request arrives a second time at once. `astray`: a copy of it arrives again, after later ones.
- `dead_spot`: nothing gets through for so many tries.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

Delivery = Callable[[], Any]
LONGEST_ASTRAY = 4  # exchanges after which a copy that went astray arrives


class Unreachable(Exception):
    """No answer, whatever was tried."""


class Offline(Unreachable):
    """The device's own network is switched off; nothing was sent."""


@dataclass(slots=True)
class Network:
    """One device's network. `is_up` False: the device knows that it has none."""

    rng: Random = field(default_factory=Random)
    lose_request: float = 0.0
    lose_answer: float = 0.0
    twice: float = 0.0
    astray: float = 0.0
    latency: tuple[float, float] = (0.0, 0.0)
    is_up: bool = True
    _dead_for: int = 0  # tries that do not get through yet
    _astray: list[tuple[int, Delivery]] = field(default_factory=list)  # exchanges to wait, the copy

    def dead_spot(self, tries: int) -> None:
        """Lets nothing through for so many tries."""
        self._dead_for = tries

    def delay(self) -> float:
        """Seconds that the next exchange takes beside the portal's own time."""
        return self.rng.uniform(*self.latency) if self.latency[1] else 0.0

    def before(self) -> None:
        """Raises when the request does not get through."""
        if not self.is_up:
            raise Offline("the device is offline")
        if self._dead_for:
            self._dead_for -= 1
            raise httpx.ConnectTimeout("a dead spot")
        if self._happens(self.lose_request):
            raise httpx.ConnectError("lost on the way there")

    def copies(self, delivery: Delivery) -> list[Delivery]:
        """What else arrives after a request: the same once more, and copies that went astray earlier."""
        due = [copy for wait, copy in self._astray if wait <= 1]
        self._astray = [(wait - 1, copy) for wait, copy in self._astray if wait > 1]
        if self._happens(self.astray):
            self._astray.append((self.rng.randint(1, LONGEST_ASTRAY), delivery))
        return [delivery, *due] if self._happens(self.twice) else due

    def after(self) -> None:
        """Raises when the portal has acted but its answer does not come back."""
        if self._happens(self.lose_answer):
            raise httpx.ReadError("lost on the way back")

    def _happens(self, chance: float) -> bool:
        return bool(chance) and self.rng.random() < chance


def bad(rng: Random, *, latency: tuple[float, float] = (0.0, 0.0)) -> Network:
    """A corridor with hundreds of phones: a fifth of all answers lost, requests twice and out of order."""
    return Network(rng, lose_request=0.15, lose_answer=0.2, twice=0.15, astray=0.15, latency=latency)
