"""`python -m bench [NAME …]` on the PostgreSQL of DATABASE_URL, in a database of its own."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import django
from django.db import connection

from bench.measure import FULL, missed

MEASURES = (
    "idle",
    "sign_ins",
    "boards",
    "deployed",
    "engine",
    "effects",
    "ladder",
    "evidence",
    "checks",
    "rosters",
    "readiness",
)
FULL_MEASURES = ("scale",)


def main(names: list[str]) -> None:
    """Runs the named groups of measures, or all, each on a database of its own; ends with 1 when one missed its goal."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exam_ops.settings")
    django.setup()
    if connection.vendor != "postgresql":
        raise SystemExit("bench: PostgreSQL is needed; run `make bench`")
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    empty = connection.settings_dict["NAME"]
    try:
        for name in names or MEASURES + FULL_MEASURES * FULL:
            with _copy_of(empty):
                import_module(f"bench.{name}").run()
    finally:
        connection.creation.destroy_test_db(empty, verbosity=0)
    if missed:
        raise SystemExit(f"bench: missed its goal: {', '.join(missed)}")


@contextmanager
def _copy_of(empty: str) -> Iterator[None]:
    """The connection is to a fresh copy of the database `empty` until the block ends."""
    copy = f"{empty}_copy"
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {copy} TEMPLATE {empty}")
    connection.settings_dict["NAME"] = copy
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = empty
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {copy} WITH (FORCE)")


if __name__ == "__main__":
    main(sys.argv[1:])
