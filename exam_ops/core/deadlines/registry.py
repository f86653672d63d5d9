"""What happens at a deadline: handlers registered by name in each app's `ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exam_ops.core.models import Retried, SiteUnit
from exam_ops.rules.deadlines import NAMES


@dataclass(frozen=True, slots=True)
class Firing:
    """One deadline of one site unit that has come: `due_at` is its real instant."""

    site_unit: SiteUnit
    key: str
    due_at: datetime


Handler = Callable[[Sequence[Firing], datetime], None]
EffectWork = Callable[[Sequence[SiteUnit], datetime], None]
Batch = Callable[[Sequence[Any], datetime], None]


@dataclass(frozen=True, slots=True)
class Sweep:
    """A model with `next_due_at` of its own: who handles its due rows, what is loaded and locked with them."""

    model: type[Retried]
    handler: Batch
    related: tuple[str, ...]
    of: tuple[str, ...]


_handlers: dict[str, list[Handler]] = {}
_effects: dict[str, EffectWork] = {}
_sweeps: dict[type[Retried], Sweep] = {}


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
    """Registers the work on many rows that `effects.ask(kind, …)` asks for: `work(site_units, now)`, once each.

    It works set-wise on some site units, in their order, in one transaction; when it raises they are taken by
    halves, and the one that spoils it is put off with back-off.
    """

    def keep(work: EffectWork) -> EffectWork:
        _effects[kind] = work
        return work

    return keep


def sweeps(
    model: type[Retried], *, related: Sequence[str] = (), of: Sequence[str] = ("self",)
) -> Callable[[Batch], Batch]:
    """Registers who handles the rows of `model` whose `next_due_at` has come: `handler(batch, now)`.

    The rows are locked (`of` names what of them, as `select_for_update` does) and loaded with `related`; all
    that the handler writes is one transaction. It saves another `next_due_at` (None: nothing ahead) on each
    row. When it raises, the batch is taken by halves; the row that spoils it is put off with back-off, and
    from the third failure on somebody is called.
    """

    def keep(handler: Batch) -> Batch:
        _sweeps[model] = Sweep(model, handler, tuple(related), tuple(of))
        return handler

    return keep


def swept_models() -> list[Sweep]:
    return list(_sweeps.values())


def handlers_of(name: str) -> list[Handler]:
    return _handlers.get(name, [])


def work_of(kind: str) -> EffectWork:
    """The work of a stored kind; what follows a plus (`forced_submission+60`) only keeps requests apart."""
    return _effects[kind.partition("+")[0]]
