"""Cutoffs that PostgreSQL itself holds when a transaction commits, by its own clock.

A service compares its window inside the write; between that comparison and the commit lie milliseconds, or
a stalled connection. There a deferred constraint trigger compares again: what would be committed at or after
the closing instant is refused. On SQLite the comparison is made under the write lock, which the commit keeps.

An app declares its `Cutoff` in a migration and wraps its service in `refusing`:

    CLOSE = Cutoff("evidence_is_in_before_its_close", "incidents_evidence", closes="SELECT …")
    operations = [migrations.RunPython(CLOSE.create, CLOSE.drop)]

    with cutoffs.refusing({"evidence_is_in_before_its_close": lambda: EvidenceClosed(…)}):
        with transaction.atomic(): …
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError

from exam_ops.core.errors import Refusal

_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $cutoff$
DECLARE closes timestamptz;
BEGIN
    closes := ({closes});
    IF closes IS NOT NULL AND exam_clock() >= closes THEN
        RAISE EXCEPTION 'committed at or after %', closes
            USING ERRCODE = 'check_violation', CONSTRAINT = '{name}', TABLE = '{table}';
    END IF;
    RETURN NULL;
END $cutoff$
"""
_TRIGGER = """
CREATE CONSTRAINT TRIGGER {name} AFTER {events} ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {when} EXECUTE FUNCTION {name}()
"""


@dataclass(frozen=True, slots=True)
class Cutoff:
    """Rows of `table` may be committed while `exam_clock()` lies before `closes` (half-open).

    `closes` is an SQL expression or `SELECT` for the instant, with the row as `NEW` (null: no cutoff). It is
    read anew at the commit; the service holds a share lock on what it reads (`schedule.hold`), so that
    nobody moves it in between. `insert` and `update_of` (columns) say which writes are judged, `when` an
    SQL condition on `NEW` and, for updates alone, `OLD`. The names are the migration's own, never a user's.
    """

    name: str
    table: str
    closes: str
    insert: bool = True
    update_of: tuple[str, ...] = ()
    when: str = ""

    def create(self, apps: Any, schema_editor: Any) -> None:
        """For `migrations.RunPython`; does nothing on SQLite."""
        if schema_editor.connection.vendor == "postgresql":
            events = ["INSERT"] if self.insert else []
            events += [f"UPDATE OF {', '.join(self.update_of)}"] if self.update_of else []
            values = {"name": self.name, "table": self.table, "closes": self.closes}
            schema_editor.execute(_FUNCTION.format(**values), params=None)
            when = f"WHEN ({self.when})" if self.when else ""
            schema_editor.execute(
                _TRIGGER.format(**values, events=" OR ".join(events), when=when), params=None
            )

    def drop(self, apps: Any, schema_editor: Any) -> None:
        """For `migrations.RunPython`, backwards."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {self.name}() CASCADE", params=None)


@contextmanager
def refusing(refusals: Mapping[str, Callable[[], Refusal]]) -> Iterator[None]:
    """Turns the error of a cutoff, by its name, into the refusal that the service itself would have raised.

    It stands around the outermost `atomic` block, since the error comes with the commit; the refusal is
    made after the rollback and may read the database. Any other error passes. Other constraints may be named too:
    PostgreSQL says which one it was, an aborting trigger of SQLite says its name and nothing else.
    """
    try:
        yield
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        refuse = refusals.get(getattr(diagnostics, "constraint_name", None) or str(error))
        if refuse is None:
            raise
        raise refuse() from error
