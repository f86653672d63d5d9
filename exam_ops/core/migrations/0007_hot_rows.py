"""What each sign-in writes is kept cheap: rows that change stay on their page, events name without constraints.

Decision 0023 says what is given up, and why it may be.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FILL = {"core_sitting": 85, "core_roomsession": 50}  # per cent: room for the next versions of a row


def leave_room(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, share in FILL.items():
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = {share})")


def fill(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in FILL:
            schema_editor.execute(f"ALTER TABLE {table} RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_login_failed_and_one_time_codes"),
    ]

    operations = [
        migrations.RunPython(leave_room, fill),
        migrations.RemoveIndex(
            model_name="sitting",
            name="sitting_status",
        ),
        migrations.AlterField(
            model_name="event",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="plan",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="core.examplan",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="room_session",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="core.roomsession",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="site_unit",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="core.siteunit",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="sitting",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="core.sitting",
            ),
        ),
    ]
