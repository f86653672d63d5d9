"""`exam_clock()`: the one clock by which PostgreSQL judges, and against which processes measure their own.

Tests and fault runs replace the function (`tests/database_clock.py`); nothing else in the portal changes then.
Rows that each sign-in writes stay on their page (decision 0023).
"""

from django.db import migrations

CREATE = """
CREATE OR REPLACE FUNCTION exam_clock() RETURNS timestamptz LANGUAGE sql VOLATILE
AS 'SELECT clock_timestamp()'
"""
DROP = "DROP FUNCTION IF EXISTS exam_clock()"
FILL = {"core_sitting": 85, "core_roomsession": 50}  # per cent: room for the next versions of a row


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)
        for table, share in FILL.items():
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = {share})")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)
        for table in FILL:
            schema_editor.execute(f"ALTER TABLE {table} RESET (fillfactor)")


class Migration(migrations.Migration):
    replaces = [("core", "0005_exam_clock")]

    dependencies = [("core", "0001_tables")]

    operations = [migrations.RunPython(create, drop)]
