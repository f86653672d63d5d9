"""Rows that the database itself keeps from being changed or deleted, on PostgreSQL and SQLite alike.

A table is declared once, in its app's `ready()`, and guarded by a trigger from the next `migrate` on:

    write_once.keep(Evidence, once=("withdrawn_at", "withdrawn_by", "withdrawal_reason"), free=("incident",))

`once`: columns that are filled in together one time, the first of them being null until then. `free`: columns that
may change at any time. Every other column stays as it was written, and the row stays. What a drill's reset or the
end of retention deletes, it deletes `with forgetting():`.

The triggers are laid after every migration: SQLite loses those of a table that it rebuilds. Truncating and dropping
tables remain the database owner's.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

SAYS = "written once: neither changed nor deleted"
_SETTING, _FUNCTION = "exam_ops.forgetting", "exam_ops_forgetting"
_forgetting: ContextVar[bool] = ContextVar("forgetting", default=False)

_POSTGRES = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $once$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('{setting}', true) = 'on' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NOT ({changed}) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '{table} is {says}' USING ERRCODE = 'restrict_violation', TABLE = '{table}';
END $once$;
CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()
"""
_SQLITE = (
    "DROP TRIGGER IF EXISTS {name}_update",
    "CREATE TRIGGER {name}_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN {changed} "
    "BEGIN SELECT RAISE(ABORT, '{table} is {says}'); END",
    "DROP TRIGGER IF EXISTS {name}_delete",
    "CREATE TRIGGER {name}_delete BEFORE DELETE ON {table} FOR EACH ROW WHEN NOT {function}() "
    "BEGIN SELECT RAISE(ABORT, '{table} is {says}'); END",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One guarded table; columns by their fields' names."""

    model: type[models.Model]
    once: tuple[str, ...] = ()
    free: tuple[str, ...] = ()

    def statements(self, vendor: str) -> Sequence[str]:
        """The SQL that lays its triggers, the old ones replaced."""
        table = self.model._meta.db_table
        unlike = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
        values = {"name": f"{table}_once", "table": table, "says": SAYS, "setting": _SETTING}
        values |= {"changed": self._changed(unlike), "function": _FUNCTION}
        templates = (_POSTGRES,) if vendor == "postgresql" else _SQLITE
        return [template.format(**values) for template in templates]

    def _changed(self, unlike: str) -> str:
        columns = {f.name: f.column for f in self.model._meta.concrete_fields}
        fixed = [c for name, c in columns.items() if name not in {*self.once, *self.free}]
        said = [f'OLD."{c}" {unlike} NEW."{c}"' for c in fixed]
        if self.once:
            first, *_ = once = [columns[name] for name in self.once]
            moved = " OR ".join(f'OLD."{c}" {unlike} NEW."{c}"' for c in once)
            said.append(f'(OLD."{first}" IS NOT NULL AND ({moved}))')
        return " OR ".join(said)


_kept: dict[type[models.Model], Kept] = {}


def keep(model: type[models.Model], *, once: tuple[str, ...] = (), free: tuple[str, ...] = ()) -> None:
    """Declares a table whose rows are written once; called in `ready()` of the model's app."""
    _kept[model] = Kept(model, once, free)


@contextmanager
def forgetting() -> Iterator[None]:
    """Rows may be deleted within the block, which stands inside a transaction."""
    token = _forgetting.set(True)
    _tell_postgresql("on")
    try:
        yield
    finally:
        _forgetting.reset(token)
        if not connection.needs_rollback:  # the rollback takes the setting back as well
            _tell_postgresql("off")


def _tell_postgresql(value: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [_SETTING, value])


def _lay(sender: Any, using: str, **kwargs: Any) -> None:
    """Lays the triggers of the app that was just migrated."""
    own = [kept for kept in _kept.values() if kept.model._meta.app_config is sender]
    there = set(connection.introspection.table_names()) if own else set()
    with connection.cursor() as cursor:
        for kept in own:
            if kept.model._meta.db_table in there:
                for statement in kept.statements(connection.vendor):
                    cursor.execute(statement)


def _teach_sqlite(sender: Any, connection: Any, **kwargs: Any) -> None:
    """SQLite's triggers ask this process; a shell that knows no such function deletes nothing."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(_FUNCTION, 0, lambda: int(_forgetting.get()))


def install() -> None:
    """Connects the signals; called once, in the core app's `ready()`."""
    post_migrate.connect(_lay, dispatch_uid="write_once.lay")
    connection_created.connect(_teach_sqlite, dispatch_uid="write_once.teach_sqlite")
