"""Sign-ins by one statement on PostgreSQL (`verification/sql/take_sign_ins.sql`, decision 0023).

The file is the function's only text: a change of it comes with a migration that runs `create` anew.
"""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql" / "take_sign_ins.sql"
DROP = "DROP FUNCTION IF EXISTS verification_take_sign_ins"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SQL.read_text("utf-8"), params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0007_hot_rows"),
        ("verification", "0004_photos"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="signin",
            name="proctor",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="signin",
            name="room_session",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sign_ins",
                to="core.roomsession",
            ),
        ),
        migrations.AlterField(
            model_name="signin",
            name="sitting",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sign_ins",
                to="core.sitting",
            ),
        ),
        migrations.RunPython(create, drop),
    ]
