"""`exam_clock()`: the one clock by which PostgreSQL judges, and against which processes measure their own.

Tests and fault runs replace the function (`tests/database_clock.py`); nothing else in the portal changes then.
"""

from django.db import migrations

CREATE = """
CREATE OR REPLACE FUNCTION exam_clock() RETURNS timestamptz LANGUAGE sql VOLATILE
AS 'SELECT clock_timestamp()'
"""
DROP = "DROP FUNCTION IF EXISTS exam_clock()"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("core", "0004_decisions_of_headquarters")]

    operations = [migrations.RunPython(create, drop)]
