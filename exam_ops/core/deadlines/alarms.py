"""What failed and is tried again: one list of deadlines, effects, swept rows and messages, and "try it now"."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet

from exam_ops.core import events
from exam_ops.core.deadlines import wake
from exam_ops.core.deadlines.backoff import ALARM_AFTER
from exam_ops.core.deadlines.registry import swept_models
from exam_ops.core.errors import Refusal
from exam_ops.core.models import DeadlineRecord, Effect, OutboxMessage, SiteUnit, User
from exam_ops.rules.text import Text

SHOWN = 50  # of each kind


class NothingToRetry(Refusal):
    code, status = "nothing_to_retry", 409
    title = Text("已不在失败列表中", "No longer failing")
    sentence = Text(
        "该项已执行成功或已被取消，无需重试。请刷新页面。",
        "It has been carried out or dropped meanwhile; nothing is left to retry. Load the page again.",
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work that may fail: its rows that have failed, and in which columns they say so."""

    name: str
    rows: Callable[[], QuerySet[Any]]
    held_until: str
    tries: str = "attempts"
    error: str = "error"
    what: Callable[[Any], str] = str
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that failed `tries` times in a row and is tried again at `next_try_at`."""

    kind: str
    key: str
    what: str  # a deadline's key, an effect's or a message's kind, a swept row's own name
    site_unit: SiteUnit | None
    tries: int
    next_try_at: datetime
    error: str

    @property
    def is_called(self) -> bool:
        """Whether it has failed so often that somebody was called."""
        return self.tries >= ALARM_AFTER


_PLACE = ("site_unit__site", "site_unit__unit__plan")
_kinds = [
    Kind(
        "deadline",
        lambda: DeadlineRecord.objects.filter(retry_at__isnull=False),
        held_until="retry_at",
        what=attrgetter("deadline"),
        related=_PLACE,
    ),
    Kind(
        "effect",
        lambda: Effect.objects.filter(done_at=None, attempts__gt=0),
        held_until="due_at",
        what=attrgetter("kind"),
        related=_PLACE,
    ),
    Kind(
        "message",
        lambda: OutboxMessage.objects.filter(sent_at=None).exclude(error=""),
        held_until="due_at",
        what=attrgetter("kind"),
    ),
]


def also(kind: Kind) -> None:
    """Registers another kind of work that is tried again; called once from its app's `ready()`."""
    if kind.name not in {known.name for known in _kinds}:
        _kinds.append(kind)


def kinds() -> dict[str, Kind]:
    """Every kind by its name; swept models stand under their label (`incidents.Incident`)."""
    return {kind.name: kind for kind in (*_kinds, *(_of_model(sweep.model) for sweep in swept_models()))}


def failing() -> list[Alarm]:
    """What has failed and waits for its next try, the most tried first."""
    found = chain.from_iterable(map(_of_kind, kinds().values()))
    return sorted(found, key=lambda alarm: (-alarm.tries, alarm.next_try_at))


def called() -> int:
    """How many of them have failed so often that somebody was called."""
    return sum(kind.rows().filter(**{f"{kind.tries}__gte": ALARM_AFTER}).count() for kind in kinds().values())


@transaction.atomic
def retry_now(kind: str, key: str, *, actor: User, now: datetime) -> None:
    """Lets what failed be tried at once instead of at its next time; logged. Raises `NothingToRetry`."""
    known = kinds().get(kind)
    row = _row(known, key) if known else None
    if known is None or row is None:
        raise NothingToRetry()
    known.rows().filter(pk=row.pk).update(**{known.held_until: now})
    events.record(
        "engine.retried",
        now=now,
        actor=actor,
        site_unit=getattr(row, "site_unit", None),
        subject=f"{kind}:{key}"[:60],
        what=known.what(row),
        tries=getattr(row, known.tries),
    )
    transaction.on_commit(wake.tick)


def _row(kind: Kind, key: str) -> Any | None:
    try:
        return kind.rows().select_related(*kind.related).filter(pk=key).first()
    except (ValueError, ValidationError):  # no key of that kind at all
        return None


def _of_model(model: type[Model]) -> Kind:
    return Kind(
        model._meta.label,
        lambda: model._default_manager.filter(failures__gt=0, next_due_at__isnull=False),
        held_until="retry_at",
        tries="failures",
        error="failed_why",
        related=_PLACE if any(field.name == "site_unit" for field in model._meta.fields) else (),
    )


def _of_kind(kind: Kind) -> list[Alarm]:
    rows = kind.rows().select_related(*kind.related).order_by(f"-{kind.tries}", kind.held_until)
    return [
        Alarm(
            kind=kind.name,
            key=str(row.pk),
            what=kind.what(row),
            site_unit=getattr(row, "site_unit", None),
            tries=getattr(row, kind.tries),
            next_try_at=getattr(row, kind.held_until),
            error=getattr(row, kind.error),
        )
        for row in rows[:SHOWN]
    ]
