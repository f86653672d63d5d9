"""What callers were told, turned into acts on single candidates, for `entry_model.explain` to order."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests import entry_model as model
from tests.faults.doors.calls import Call, Meet
from tests.faults.doors.racer import Said

MICROSECONDS = 1e6


@dataclass
class Race:
    """One candidate of a meet: how they stood before, and what was done at once."""

    meet: Meet
    sitting: int
    start: model.Door
    dones: list[model.Done] = field(default_factory=list)

    @property
    def overlaps(self) -> bool:
        """Whether any two calls really were under way at the same time."""
        return any(
            a is not b and a.began < b.ended and b.began < a.ended for a in self.dones for b in self.dones
        )


def content(outcome: str, device_id: str, seq: int | None, captured: float, score: float | None) -> str:
    """All that a check says, as one word; `captured` in seconds since 1970."""
    return f"{outcome} {device_id} {seq} {round(captured * MICROSECONDS)} {score}"


def races(meets: Sequence[Meet], said: Sequence[Said], names: dict[str, str]) -> list[Race]:
    """A race for each candidate of each meet; `names` gives the user name behind a person's name."""
    by_meet: dict[int, list[Said]] = defaultdict(list)
    for one in said:
        by_meet[one.meet].append(one)
    found = []
    for number, meet in enumerate(meets):
        of_sitting = {pk: Race(meet, pk, _start(meet, pk)) for pk in meet.sittings}
        for one in by_meet[number]:
            if not one.error:
                for pk, done in _dones(meet, meet.calls[one.call], one, names):
                    of_sitting[pk].dones.append(done)
        found += of_sitting.values()
    return found


def _start(meet: Meet, sitting: int) -> model.Door:
    door = model.Door()
    for asked in meet.asked:
        if asked.sitting == sitting:
            door.requests[asked.id] = model.Request(asked.by, asked.note, asked.status, asked.decided_by)
            door.status = model.Entry(asked.status)
    return door


def _dones(meet: Meet, call: Call, one: Said, names: dict[str, str]) -> Iterator[tuple[int, model.Done]]:
    closed = tuple(sorted({now >= meet.closes for now in one.now}))

    def done(act: model.Act, told: model.Answer | None, **more: Any) -> model.Done:
        span = {"began": one.began, "ended": one.ended} | more
        return model.Done(act, told, closed=closed, **span)

    match call.do:
        case "check":
            for pk, act, told in _checks(meet, call, one):
                yield pk, done(act, told)
        case "ask":
            yield call.sitting, done(model.Ask(call.id, call.who, call.word), tuple(one.told[0]))
        case "decide":
            of_request = {asked.id: asked.sitting for asked in meet.asked}
            for request, told in zip(call.requests, one.told, strict=True):
                act = model.Decide(request, call.word, call.who)
                yield of_request[request], done(act, _decision(told, names))
        case "close":
            between = one.told[0][1]
            for pk in meet.sittings:
                yield pk, done(model.Expire(), None, ended=between)
                yield pk, done(model.LeaveOut(), None, began=between)


def _decision(told: list[Any], names: dict[str, str]) -> model.Answer:
    if told[0] != "already_decided":
        return tuple(told)
    return told[0], told[1], names.get(told[2], told[2])


def _checks(meet: Meet, call: Call, one: Said) -> Iterator[tuple[int, model.Checks, model.Answer]]:
    """The batch, candidate by candidate."""
    groups: dict[int, list[tuple[model.Check, list[Any]]]] = defaultdict(list)
    for item, sent, told in zip(call.items, one.captured, one.told, strict=True):
        captured = datetime.fromisoformat(sent).timestamp()
        said = content(item["outcome"], item["device_id"], item["device_seq"], captured, item["score"])
        seen = captured - (call.skew or 0.0)
        check = model.Check(
            item["id"], item["outcome"] == "passed", said, in_window=meet.opens <= seen < meet.closes
        )
        groups[item["sitting"]].append((check, told))
    for pk, pairs in groups.items():
        act = model.Checks(tuple(check for check, _ in pairs), call.who)
        yield pk, act, tuple(tuple(told) for _, told in pairs)
