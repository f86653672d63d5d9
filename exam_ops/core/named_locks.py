"""Locks on what has no row of its own, held until the transaction ends: one holder of a name at a time (PostgreSQL).

On SQLite the write lock of the transaction is enough. Take them before row locks.
"""

from django.db import connection


def hold(name: str) -> None:
    """Waits until nobody else holds `name`."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
