"""Who calls at the same moment, drawn from a seed: every kind of race, each with two to five callers.

A `Meet` is what is started together: some callers on one candidate, or whole batches on many. Each candidate
of it is one race.
"""

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tests.faults.doors import ground
from tests.faults.doors.calls import Asked, Call, Meet
from tests.faults.doors.ground import Room

AT_THE_CLOSE = "at close of entry"
AROUND = 0.5  # seconds on either side of a close of entry
IN_BATCH, AT_CLOSE = 8, 10  # candidates of one meet
SHARES = {  # of a thousand candidates
    "two or three deciders": 220,
    "one id, several times": 110,
    "several phones": 305,
    "phones against deciders": 120,
    "phones against a request": 50,
    "several requests": 25,
    "after a rejection": 30,
    "whole batches": 100,
    AT_THE_CLOSE: 40,
}


@dataclass
class Table:
    """Where meets are drawn: the die, and what the people of a room have waiting."""

    die: random.Random
    now: datetime
    seq: int = 0

    def id(self) -> str:
        return str(uuid.UUID(int=self.die.getrandbits(128), version=4))

    def check(self, room: Room, sitting: int, who: str, **more: Any) -> dict[str, Any]:
        """One check as its phone would send it; `at`: when the face was taken, in seconds since 1970."""
        self.seq += 1
        own = f"phone-{who}"
        return {
            "id": self.id(),
            "sitting": sitting,
            "outcome": "failed" if self.die.random() < 0.25 else "passed",
            "method": "face",
            "score": round(self.die.random(), 3),
            "device_id": own if self.die.random() < 0.8 else f"phone-of-room-{room.session}",
            "device_seq": self.seq,
            "at": round(self.now.timestamp() - self.die.uniform(0.0, 5.0), 3),
        } | more

    def phone(self, who: str, items: list[dict[str, Any]], **more: Any) -> Call:
        """A phone that sends these."""
        die = self.die
        skew = (
            round(die.choice((0.0, -420.0, 86_400.0, die.uniform(-5, 5))), 3) if die.random() < 0.5 else None
        )
        last = max(item["device_seq"] for item in items) if die.random() < 0.5 else None
        by_steps = die.random() < 0.2
        return Call(
            "check", who, items, wait=self.jitter(), skew=skew, last_seq=last, by_steps=by_steps, **more
        )

    def jitter(self) -> float:
        """Mostly at once; else a few milliseconds later, so that orders differ."""
        return self.die.choice((0.0, 0.0, self.die.uniform(0.0, 0.004)))

    def off(self) -> float:
        """A moment around a close of entry, in seconds from it."""
        return round(self.die.uniform(-AROUND, AROUND), 6)

    def callers(self) -> int:
        """Two to five."""
        return self.die.randint(2, 5)

    def decider(self, room: Room, asked: Asked) -> str:
        """One of the three who may, or now and then the one who asked."""
        return asked.by if self.die.random() < 0.08 else self.die.choice(room.deciders)

    def decision(self, room: Room, asked: Asked, **more: Any) -> Call:
        word = self.die.choice(("approved", "approved", "rejected"))
        who = self.decider(room, asked)
        return Call("decide", who, requests=[asked.id], word=word, wait=self.jitter(), **more)

    def request(self, room: Room, sitting: int, **more: Any) -> Call:
        who, note = self.die.choice(room.proctors), self.die.choice(("证件与本人一致", "两次未通过"))
        given = {"id": self.id(), "word": note} | more
        return Call("ask", who, sitting=sitting, wait=self.jitter(), **given)


Maker = Callable[[Table, Room, list[int]], tuple[list[Call], list[Asked]]]
MAKERS: dict[str, tuple[Maker, int]] = {}


def kind(name: str, candidates: int = 1) -> Callable[[Maker], Maker]:
    """Registers a maker of calls and how many candidates a meet of its kind has."""

    def keep(maker: Maker) -> Maker:
        MAKERS[name] = maker, candidates
        return maker

    return keep


@kind("two or three deciders")
def _deciders(table: Table, room: Room, people: list[int]) -> tuple[list[Call], list[Asked]]:
    (asked,) = ground.ask(room, people, "pending", table.die, now=table.now)
    calls = [table.decision(room, asked) for _ in range(table.die.choice((2, 2, 2, 3)))]
    return calls, [asked]


@kind("one id, several times")
def _one_id(table: Table, room: Room, people: list[int]) -> tuple[list[Call], list[Asked]]:
    """The same check again and again; now and then by somebody else, or with other content."""
    who = table.die.choice(room.proctors)
    item = table.check(room, people[0], who)
    first = table.phone(who, [item])
    calls = [replace(first, wait=table.jitter()) for _ in range(table.callers())]
    if table.die.random() < 0.3:
        other = item | {"score": 0.5} if table.die.random() < 0.5 else item
        calls[-1] = table.phone(table.die.choice(room.proctors), [other])
    return calls, []


@kind("several phones")
def _phones(table: Table, room: Room, people: list[int]) -> tuple[list[Call], list[Asked]]:
    calls = [_phone(table, room, people[0]) for _ in range(table.callers())]
    return calls, []


def _phone(table: Table, room: Room, sitting: int, **more: Any) -> Call:
    """One check, or a failed one and another in the same batch."""
    who = table.die.choice(room.proctors)
    items = [table.check(room, sitting, who)]
    if table.die.random() < 0.15:
        items.append(table.check(room, sitting, who, device_id=items[0]["device_id"]))
    return table.phone(who, items, **more)


@kind("phones against deciders")
def _phones_and_deciders(table: Table, room: Room, people: list[int]) -> tuple[list[Call], list[Asked]]:
    (asked,) = ground.ask(room, people, "pending", table.die, now=table.now)
    calls = [_phone(table, room, people[0]) for _ in range(table.die.randint(1, 3))]
    calls += [table.decision(room, asked) for _ in range(table.die.randint(1, 2))]
    return calls, [asked]


@kind("phones against a request")
def _phones_and_request(table: Table, room: Room, people: list[int]) -> tuple[list[Call], list[Asked]]:
    calls = [_phone(table, room, people[0]) for _ in range(table.die.randint(1, 3))]
    return [*calls, table.request(room, people[0])], []


@kind("several requests")
def _requests(table: Table, room: Room, people: list[int]) -> tuple[list[Call], list[Asked]]:
    """Two proctors ask, or one asks several times under the same id."""
    first = table.request(room, people[0])
    calls = [first]
    for _ in range(table.die.randint(1, 3)):
        again = table.request(room, people[0])
        if table.die.random() < 0.5:
            again.who, again.id, again.word = first.who, first.id, first.word
        calls.append(again)
    return calls, []


@kind("after a rejection")
def _after_rejection(table: Table, room: Room, people: list[int]) -> tuple[list[Call], list[Asked]]:
    """One new try with something new to say; a pass does not let a rejected candidate in."""
    (asked,) = ground.ask(room, people, "rejected", table.die, now=table.now)
    calls = [table.request(room, people[0]) for _ in range(table.die.randint(1, 2))]
    return [*calls, _phone(table, room, people[0])], [asked]


@kind("whole batches", IN_BATCH)
def _batches(table: Table, room: Room, people: list[int]) -> tuple[list[Call], list[Asked]]:
    """Phones that send all of these people in other orders, while chiefs decide on those who wait."""
    asked = ground.ask(room, people[:2], "pending", table.die, now=table.now)
    calls = [_batch(table, room, people) for _ in range(table.die.randint(2, 3))]
    calls += [_decide_all(table, room, asked) for _ in range(table.die.randint(0, 2))]
    return calls, asked


def _batch(table: Table, room: Room, people: Sequence[int], **more: Any) -> Call:
    who = table.die.choice(room.proctors)
    order = table.die.sample(list(people), len(people))
    return table.phone(who, [table.check(room, pk, who, device_id=f"phone-{who}") for pk in order], **more)


def _decide_all(table: Table, room: Room, asked: Sequence[Asked], **more: Any) -> Call:
    order = table.die.sample([a.id for a in asked], len(asked))
    word = table.die.choice(("approved", "rejected"))
    return Call("decide", table.die.choice(room.deciders), requests=order, word=word, **more)


@kind(AT_THE_CLOSE, AT_CLOSE)
def _at_close(table: Table, room: Room, people: list[int]) -> tuple[list[Call], list[Asked]]:
    """Half a second before to half a second after: checks of before, decisions, requests, and the close itself."""
    asked = ground.ask(room, people[:4], "pending", table.die, now=table.now)
    calls = [_batch(table, room, table.die.sample(people, 6), off=table.off()) for _ in range(2)]
    calls += [_decide_all(table, room, asked, off=table.off())]
    calls += [_phone(table, room, table.die.choice(people[4:]), off=table.off())]
    calls += [table.request(room, table.die.choice(people[4:]), off=table.off())]
    calls += [Call("close", "", off=abs(table.off()))]
    for call in calls:
        call.skew = None  # the window is judged by what the phone says
        for item in call.items:
            item["at"] = round(room.closes - table.die.uniform(-0.3, 3.0), 3)
    return calls, asked


def draw(
    rooms: Sequence[Room], closing: Sequence[Room], count: int, die: random.Random, *, now: datetime
) -> list[Meet]:
    """Meets with `count` candidates in all, in a drawn order; those at the close of entry in rooms of their own.

    IndexError when the rooms are too few.
    """
    table, meets = Table(die, now), []
    for name, share in SHARES.items():
        maker, candidates = MAKERS[name]
        wanted = max(1, -(-count * share // (1000 * candidates)))
        free = closing if name == AT_THE_CLOSE else rooms
        for room, people in _groups(free, candidates, wanted):
            calls, asked = maker(table, room, people)
            meets.append(Meet(name, room.site_unit, room.opens, room.closes, people, calls, asked))
    die.shuffle(meets)
    return meets


def _groups(rooms: Sequence[Room], candidates: int, wanted: int) -> Iterator[tuple[Room, list[int]]]:
    free = iter(rooms)
    room = next(free, None)
    while wanted and room is not None:
        people = room.take(candidates)
        if len(people) == candidates:
            wanted -= 1
            yield room, people
        else:
            room = next(free, None)
    if wanted:
        raise IndexError("too few rooms for so many races")
