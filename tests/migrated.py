"""A migrated database that nobody is connected to, of which tests' databases are copies: `python -m tests.migrated NAME`."""

import os
import sys
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import psycopg2


def main(name: str) -> None:
    """Makes it beside the one of DATABASE_URL; nobody may connect from then on, or it could not be copied."""
    url = os.environ["DATABASE_URL"]
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    with closing(psycopg2.connect(url)) as line:
        line.autocommit = True
        with line.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            _migrate()
            cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")


def _migrate() -> None:
    import django
    from django.core.management import call_command
    from django.db import connection

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exam_ops.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
