"""Facts that the answers of polls depend on, read for everybody who polls at once.

Nine thousand boards ask every other second whether anything has changed. A process therefore reads what they
all depend on in one statement of indexed look-ups, at most once in `POLL_MEMORY` seconds; in between a poll
asks the database nothing. Whatever moves a fact, by whatever way, is seen at the next reading: there is nothing
to invalidate. Sources are registered by kind, as places are in `access`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import CharField, F, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Concat

from exam_ops.core import clock
from exam_ops.core.models import Delegation, ExamPlan, Membership, User

Key = tuple[str, str]  # kind, primary key
Facts = tuple[tuple[str, ...], ...]  # of each key in order; nothing where there is no such thing
Source = Callable[
    [Sequence[Any], datetime], Iterable[QuerySet[Any]]
]  # keys as text, whatever their column's type

FORGOTTEN_AFTER = 15.0  # seconds for which a key is read along after somebody has last asked

_sources: dict[str, Source] = {}
_asked: dict[Key, float] = {}
_read: dict[Key, tuple[float, tuple[str, ...]]] = {}
_lock = Lock()


def register(kind: str) -> Callable[[Source], Source]:
    """Names a kind of fact; the source makes, of primary keys and `now`, rows of `fact()`."""

    def keep(source: Source) -> Source:
        _sources[kind] = source
        return source

    return keep


def fact(rows: QuerySet[Any], kind: str, key: str, *parts: Any) -> QuerySet[Any]:
    """Rows as facts: kind, the look-up `key`, and `parts` (look-ups or expressions) as one text."""
    texts = [Cast(F(part) if isinstance(part, str) else part, TextField()) for part in parts]
    joined: list[Any] = [texts[0]]
    for text in texts[1:]:
        joined += [Value("/"), text]
    what = Concat(*joined, output_field=TextField()) if len(joined) > 1 else joined[0]
    return (
        rows.order_by()
        .annotate(_kind=Value(kind, CharField()), _key=Cast(key, TextField()), _fact=what)
        .values_list("_kind", "_key", "_fact")
    )


def facts_of(keys: Sequence[Key], *, now: datetime) -> Facts:
    """The facts of `keys`, none of them older than `POLL_MEMORY` seconds."""
    asked = clock.monotonic()
    due = asked - settings.POLL_MEMORY
    for key in keys:
        _asked[key] = asked
    found = _fresh(keys, due)
    if found is None:
        with _lock:
            found = _fresh(keys, due)  # somebody else may have read them meanwhile
            if found is None:
                _read_due(due, now)
                found = tuple(_read[key][1] for key in keys)
    return found


def forget() -> None:
    """Forgets everything, as a new process would have it."""
    _asked.clear()
    _read.clear()


def _fresh(keys: Sequence[Key], due: float) -> Facts | None:
    found = [_read.get(key) for key in keys]
    if any(one is None or one[0] < due for one in found):
        return None
    return tuple(one[1] for one in found if one is not None)


def _read_due(due: float, now: datetime) -> None:
    """Reads in one statement all that somebody still asks for and that is too old."""
    began = clock.monotonic()
    wanted: dict[str, list[str]] = {}
    for key, asked in list(_asked.items()):
        if began - asked > FORGOTTEN_AFTER:
            _asked.pop(key, None)
            _read.pop(key, None)
        elif key not in _read or _read[key][0] < due:
            wanted.setdefault(key[0], []).append(key[1])
    found: dict[Key, list[str]] = {(kind, pk): [] for kind, pks in wanted.items() for pk in pks}
    rows = [query for kind, pks in wanted.items() for query in _sources[kind](pks, now)]
    for kind, key, text in rows[0].union(*rows[1:], all=True) if len(rows) > 1 else rows[0]:
        found[kind, key].append(text or "")
    for key, texts in found.items():
        _read[key] = began, tuple(sorted(texts))


@register("session")
def _sessions(pks: Sequence[Any], now: datetime) -> Iterable[QuerySet[Any]]:
    """A session that is logged out or has run out is gone."""
    rows = Session.objects.filter(session_key__in=pks, expire_date__gt=now)
    yield fact(rows, "session", "session_key", MD5("session_data"))


@register("account")
def _accounts(pks: Sequence[Any], now: datetime) -> Iterable[QuerySet[Any]]:
    """All that decides what an account may do: whether it is active, its password, its roles, what is lent to it."""
    yield fact(User.objects.filter(pk__in=pks), "account", "pk", "is_active", MD5("password"))
    roles = Membership.objects.filter(user__in=pks)
    scope = ("role", "branch_id", "site_id", "centre_id", "candidate_id", "rights")
    yield fact(roles, "account", "user_id", "pk", *scope)
    lent = Delegation.objects.filter(
        deputy__in=pks, revoked_at=None, valid_from__lte=now, valid_until__gt=now
    )
    yield fact(lent, "account", "deputy_id", "pk", "site_id")


@register("plan")
def _plans(pks: Sequence[Any], now: datetime) -> Iterable[QuerySet[Any]]:
    """The clock of a drill, and the numbers in force."""
    yield fact(ExamPlan.objects.filter(pk__in=pks), "plan", "pk", "clock_offset", "policy_version", "kind")
