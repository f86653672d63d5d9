"""`python -m bench [NAME …]` on the PostgreSQL of DATABASE_URL, in a database of its own."""

import os
import sys
from importlib import import_module

import django
from django.db import connection

from bench.databases import copy_of
from bench.measure import FULL, missed

MEASURES = (
    "idle",
    "sign_ins",
    "photos",
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
            with copy_of(empty):
                import_module(f"bench.{name}").run()
    finally:
        connection.creation.destroy_test_db(empty, verbosity=0)
    if missed:
        raise SystemExit(f"bench: missed its goal: {', '.join(missed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
