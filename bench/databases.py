"""Databases beside each other: every group of measures has a fresh one, and some have two."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def copy_of(original: str) -> Iterator[str]:
    """The connection is to a copy of the database `original`, which nobody may use just then, until the block ends."""
    copy = f"{original}_copy"
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {copy} TEMPLATE {original}")
    connection.settings_dict["NAME"] = copy
    try:
        yield copy
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {copy} WITH (FORCE)")
