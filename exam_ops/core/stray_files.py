"""Files that no row names: left by a process that was killed between storing a file and committing its row.

They are swept after a day's grace, the files of one prefix at a time. A file counts as named when any column of
64 characters of any table holds its hash, so that a table that comes later needs no entry here.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models, transaction

from exam_ops.core import files, named_locks

GRACE = timedelta(hours=24)  # longer than any transaction, and than a night without anybody to look
LOOKED_BACK = timedelta(hours=72)  # strays come from uploads alone: older files were looked at before
PACE = timedelta(minutes=5)  # one of 256 prefixes a call: all of them in 21 hours
TOGETHER = 500  # files in one look-up

log = logging.getLogger(__name__)


def hold(sha256: str) -> None:
    """Until this transaction ends nobody else stores or takes away the file of that hash (PostgreSQL).

    Without it a refused upload could take away the file of a twin that is just being committed.
    """
    named_locks.hold(sha256)


def sweep(prefix: str, *, now: datetime) -> int:
    """Deletes strays whose hash begins with the two digits `prefix`; returns how many."""
    files.forget_unfinished(now - GRACE)
    old = [name for name, at in files.names(prefix) if now - LOOKED_BACK <= at < now - GRACE]
    gone = 0
    for at in range(0, len(old), TOGETHER):
        together = old[at : at + TOGETHER]
        gone += sum(_remove(sha256, now) for sha256 in set(together) - named(together))
    return gone


def turn(now: datetime) -> str:
    """The prefix whose turn it is."""
    return f"{int(now.timestamp() // PACE.total_seconds()) % 256:02x}"


def named(hashes: Iterable[str]) -> set[str]:
    """Those of `hashes` that some row names.

    Columns with an index come first, and only what they don't know is looked for in the others: nearly every file
    has a row of its own, so that the millions of sign-ins are read for a true stray alone.
    """
    wanted = set(hashes)
    found: set[str] = set()
    for field in sorted(_columns(), key=_is_plain):
        if left := wanted - found:
            rows = field.model._default_manager.filter(**{f"{field.name}__in": left})
            found.update(rows.values_list(field.name, flat=True))
    return found


def _is_plain(field: "models.Field[Any, Any]") -> bool:
    """Whether no index finds its values."""
    return not (field.unique or field.db_index)  # type: ignore[attr-defined]


def _columns() -> Iterator["models.Field[Any, Any]"]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField) and field.max_length == 64:
                yield field


@transaction.atomic
def _remove(sha256: str, now: datetime) -> bool:
    """Looks once more, now that nobody stores the same: it may have been sent again meanwhile."""
    hold(sha256)
    at = files.stored_at(sha256)
    if at is None or at >= now - GRACE or named([sha256]):
        return False
    files.remove(sha256)
    log.warning("the file %s belonged to no row and was swept", sha256)
    return True
