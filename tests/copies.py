"""What a builder left in the database, written again at once: thousands of tests ask for the same small world."""

import pickle
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

_made: dict[str, tuple[list[str], bytes]] = {}  # name → its rows as statements, and what the builder returned


def again(name: str, make: Callable[[], Any]) -> Any:
    """What `make()` builds and returns; from the second time on its rows are copied, under the same keys."""
    if name not in _made:
        stood = {model: _keys(model) for model in _models()}
        built = make()
        _made[name] = (_statements(stood), pickle.dumps(built))
        return built
    statements, returned = _made[name]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except IntegrityError:  # the test has rows of its own under these keys
        return make()
    return pickle.loads(returned)


def _models() -> Iterator[type[Model]]:
    return (m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy)


def _keys(model: type[Model]) -> set[Any]:
    return set(model._base_manager.order_by().values_list("pk", flat=True))


def _statements(stood: dict[type[Model], set[Any]]) -> list[str]:
    """One INSERT for each table that has rows more than it had; on PostgreSQL all of them in one exchange."""
    added = {model: _keys(model) - keys for model, keys in stood.items()}
    write = _as_json if connection.vendor == "postgresql" else _as_values
    found = [write(model, keys) for model, keys in added.items() if keys]
    return [";\n".join(found)] if connection.vendor == "postgresql" else found


def _parts(model: type[Model], keys: set[Any]) -> tuple[str, list[str], str, list[Any]]:
    """Table, columns, and the condition for rows with these keys."""
    quote = connection.ops.quote_name
    key = model._meta.pk
    assert key is not None
    marks = ", ".join(["%s"] * len(keys))
    columns = [quote(f.column) for f in model._meta.concrete_fields if not f.generated]
    values = [key.get_db_prep_value(value, connection) for value in sorted(keys)]
    return quote(model._meta.db_table), columns, f"{quote(key.column)} IN ({marks})", values


def _as_values(model: type[Model], keys: set[Any]) -> str:
    table, columns, where, values = _parts(model, keys)
    row = " || ',' || ".join(f"quote({column})" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {row} FROM {table} WHERE {where}", values)
        rows = ", ".join(f"({text})" for (text,) in cursor.fetchall())
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {rows}"


def _as_json(model: type[Model], keys: set[Any]) -> str:
    table, columns, where, values = _parts(model, keys)
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT json_agg(found)::text FROM (SELECT * FROM {table} WHERE {where}) AS found", values
        )
        rows = cursor.fetchone()[0].replace("'", "''")
    return (
        f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, '{rows}')"
    )
