"""The named places at which a process is killed, and how a process is made to die there.

A point is a function of the product and a side of it; it is armed from outside by wrapping that function in
a process that was started with CRASHPOINT=name. The process notes the name in the file CRASHPOINT_HITS and
sends itself SIGKILL: no `finally`, no rollback, no goodbye. A point that nobody reaches fails the run, so the
table can't fall behind the code.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from inspect import isgenerator
from threading import local
from typing import Any

_DEADLINES = "exam_ops.core.deadlines"
_ENGINE, _RETRIES = f"{_DEADLINES}.engine", f"{_DEADLINES}.retries"
_EFFECTS, _SWEEPING = f"{_DEADLINES}.effects", f"{_DEADLINES}.sweeping"
_OUTBOX, _SENDING = "exam_ops.core.outbox", "incidents.services.sending"
_COMMIT = "django.db.backends.base.base:BaseDatabaseWrapper.commit"


@dataclass(frozen=True, slots=True)
class Point:
    """`target`: module:function; `when`: before or after it, or between two of the handlers it returns.

    `inside`: only while that other function runs, and, with `since`, has come past a third.
    """

    name: str
    target: str
    when: str = "after"
    inside: str = ""
    since: str = ""


def _around(name: str, target: str, inside: str = "", since: str = "") -> list[Point]:
    return [Point(f"{name}.{side}", target, side, inside, since) for side in ("before", "after")]


POINTS = (
    # a batch of site units
    Point("sweep.claimed", f"{_ENGINE}:_claim"),
    Point("sweep.due_known", f"{_ENGINE}:_due_firings"),
    *_around("sweep.records", f"{_ENGINE}:_record"),
    Point("sweep.between_handlers", f"{_ENGINE}:handlers_of", "between"),
    Point("sweep.handled", f"{_ENGINE}:_handle"),
    *_around("sweep.advance", f"{_ENGINE}:_advance"),
    *_around("sweep.commit", _COMMIT, f"{_ENGINE}:_sweep_batch", f"{_ENGINE}:_record"),
    # a batch that failed: by halves, the poisoned alone, put aside, tried again
    *_around("halves.commit", _COMMIT, f"{_ENGINE}:_by_halves", f"{_ENGINE}:_record"),
    Point("halves.alone", f"{_ENGINE}:_alone", "before"),
    *_around("alone.commit", _COMMIT, f"{_ENGINE}:_next_alone", f"{_ENGINE}:_record"),
    *_around("aside", f"{_RETRIES}:put_aside"),
    Point("retry.claimed", f"{_RETRIES}:_claim"),
    Point("retry.between_handlers", f"{_RETRIES}:handlers_of", "between"),
    *_around("retry.commit", _COMMIT, f"{_RETRIES}:try_again", f"{_RETRIES}:_claim"),
    *_around("retry.put_off", f"{_RETRIES}:_put_off"),
    # other models: incidents and their ladders
    Point("others.claimed", f"{_SWEEPING}:_claim"),
    *_around("others.handle", f"{_SWEEPING}:_handle"),
    *_around("others.commit", _COMMIT, f"{_SWEEPING}:_batch", f"{_SWEEPING}:_handle"),
    *_around("others.alone", f"{_SWEEPING}:_alone"),
    # work on many rows
    *_around("effect.asked", f"{_EFFECTS}:ask"),
    Point("effect.claimed", f"{_EFFECTS}:work_of", "before"),
    Point("effect.done", "verification.services.close_of_entry:make_absent"),
    *_around("effect.commit", _COMMIT, f"{_EFFECTS}:carry_out", f"{_EFFECTS}:work_of"),
    # messages
    *_around("outbox.write", f"{_OUTBOX}:put_many"),
    *_around("outbox.lease", _COMMIT, f"{_OUTBOX}:drain"),
    Point("outbox.leased", f"{_OUTBOX}:claim"),
    Point("outbox.send.before", f"{_OUTBOX}:_send", "before"),
    Point("outbox.received", "tests.faults.plant.witness:post"),
    *_around("outbox.send.commit", _COMMIT, f"{_OUTBOX}:_send"),
    Point("outbox.send.after", f"{_OUTBOX}:_send"),
    Point("outbox.marked", f"{_OUTBOX}:drain"),
    Point("inbox.opened", "incidents.services.messages:_is_forgotten", "before"),
    # messages through channels
    Point("channel.taken", f"{_SENDING}:_take"),
    *_around("channel.call", "incidents.channels.wire:post"),
    Point("channel.spoken", f"{_SENDING}:_speak"),
    *_around("channel.book", f"{_SENDING}:_book"),
    *_around("channel.commit", _COMMIT, f"{_SENDING}:_book"),
    # signs of life
    *_around("beat", f"{_DEADLINES}.watch:beat"),
    Point("audit", f"{_DEADLINES}.watch:audit"),
)
SMOKE = (
    "sweep.records.after",
    "sweep.commit.before",
    "sweep.commit.after",
    "outbox.leased",
    "outbox.received",
)
BY_NAME = {point.name: point for point in POINTS}


def arm(name: str) -> None:
    """Makes this process die when it reaches the point `name`."""
    point = BY_NAME[name]
    place = _Place(everywhere=not point.inside, needs_since=bool(point.since))
    if point.inside:
        _wrap(point.inside, place.entered_by)
    if point.since:
        _wrap(point.since, place.passed_by)

    def crash(function: Callable[..., Any]) -> Callable[..., Any]:
        if point.when == "between":
            return _between(function, place, name)
        return (_before if point.when == "before" else _after)(function, place, name)

    _wrap(point.target, crash)


def die(name: str) -> None:
    """Notes the point and ends this process as the kernel would."""
    note = os.open(os.environ["CRASHPOINT_HITS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(note, f"{name} {os.getpid()}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)


class _Place(local):
    """Whether this thread stands where the point is confined to."""

    def __init__(self, *, everywhere: bool, needs_since: bool) -> None:
        self.everywhere, self.needs_since = everywhere, needs_since
        self.depth, self.passed = 0, False

    @property
    def is_here(self) -> bool:
        return (self.everywhere or self.depth > 0) and (self.passed or not self.needs_since)

    def entered_by(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            self.depth, self.passed = self.depth + 1, False
            try:
                value = function(*args, **kwargs)
                return list(value) if isgenerator(value) else value  # what it yields is made while inside
            finally:
                self.depth -= 1

        return inside

    def passed_by(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def passes(*args: Any, **kwargs: Any) -> Any:
            value = function(*args, **kwargs)
            self.passed = True
            return value

        return passes


def _before(function: Callable[..., Any], place: _Place, name: str) -> Callable[..., Any]:
    @wraps(function)
    def dies(*args: Any, **kwargs: Any) -> Any:
        if place.is_here:
            die(name)
        return function(*args, **kwargs)

    return dies


def _after(function: Callable[..., Any], place: _Place, name: str) -> Callable[..., Any]:
    @wraps(function)
    def dies(*args: Any, **kwargs: Any) -> Any:
        value = function(*args, **kwargs)
        if place.is_here and (value is None or value):  # a claim of nothing is not the place meant
            die(name)
        return value

    return dies


def _between(function: Callable[..., Any], place: _Place, name: str) -> Callable[..., Any]:
    @wraps(function)
    def dies(*args: Any, **kwargs: Any) -> Any:
        first, *others = function(*args, **kwargs)
        return [first, *(_before(other, place, name) for other in others)]

    return dies


def _wrap(target: str, how: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner: Any = import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    setattr(owner, name, how(getattr(owner, name)))
