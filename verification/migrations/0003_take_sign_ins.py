"""Sign-ins by one statement on PostgreSQL (`verification/sql/take_sign_ins.sql`, decision 0023).

The file is the function's only text: a change of it comes with a migration that runs `create` anew.
"""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "take_sign_ins.sql"
DROP = "DROP FUNCTION IF EXISTS verification_take_sign_ins"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SQL.read_text("utf-8"), params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("verification", "0002_app_releases")]

    operations = [migrations.RunPython(create, drop)]
