"""What happens at a deadline: handlers registered by name in each app's `ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from exam_ops.core.models import SiteUnit
from exam_ops.rules.deadlines import NAMES


@dataclass(frozen=True, slots=True)
class Firing:
    """One deadline of one site unit that has come: `due_at` is its real instant."""

    site_unit: SiteUnit
    key: str
    due_at: datetime


Handler = Callable[[Sequence[Firing], datetime], None]
EffectWork = Callable[[SiteUnit, datetime], None]
Sweeper = Callable[[datetime], int]

_handlers: dict[str, list[Handler]] = {}
_effects: dict[str, EffectWork] = {}
_sweepers: list[Sweeper] = []


def on(name: str) -> Callable[[Handler], Handler]:
    """Registers a handler of the deadline `name`: `handler(firings, now)` works set-wise in one transaction."""
    if name not in NAMES:
        raise LookupError(f"no deadline is named {name!r}; add it to exam_ops/rules/deadlines.py")

    def keep(handler: Handler) -> Handler:
        registered = _handlers.setdefault(name, [])
        if handler not in registered:
            registered.append(handler)
        return handler

    return keep


def effect(kind: str) -> Callable[[EffectWork], EffectWork]:
    """Registers the work on many rows that `ask(kind, …)` asks for: `work(site_unit, now)`, once."""

    def keep(work: EffectWork) -> EffectWork:
        _effects[kind] = work
        return work

    return keep


def sweeper(function: Sweeper) -> Sweeper:
    """Registers the sweep of another model with `next_due_at`: `function(now)` returns how many it moved."""
    if function not in _sweepers:
        _sweepers.append(function)
    return function


def sweepers() -> list[Sweeper]:
    return _sweepers


def handlers_of(name: str) -> list[Handler]:
    return _handlers.get(name, [])


def work_of(kind: str) -> EffectWork:
    """The work of a stored kind; what follows a plus (`forced_submission+60`) only keeps requests apart."""
    return _effects[kind.partition("+")[0]]
