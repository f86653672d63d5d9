"""Several reads that must agree: all of them see the database as it stood at the first."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_look() -> Iterator[None]:
    """Reads in this block see one snapshot (PostgreSQL); it is for reading alone.

    Without it a figure made of two statements may count a candidate twice, or not at all, when somebody
    commits between them. Inside a transaction that is already open, and on SQLite, nothing changes.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
