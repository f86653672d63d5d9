"""A room's pictures are numbered, and a withdrawal says who, when and why; PostgreSQL holds its close too (C14)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from exam_ops.core.cutoffs import Cutoff

CLOSE = Cutoff(
    "evidence_is_withdrawn_before_its_close",
    "incidents_evidence",
    closes="""
        SELECT site_unit.evidence_closes_at
        FROM core_roomsession AS session JOIN core_siteunit AS site_unit ON site_unit.id = session.site_unit_id
        WHERE session.id = NEW.room_session_id
    """,
    insert=False,
    update_of=("withdrawn_at",),
)


def number(apps, schema_editor):
    """Pictures that stand already are numbered in the order in which they came."""
    Evidence = apps.get_model("incidents", "Evidence")
    room, version = None, 0
    for row in Evidence.objects.order_by("room_session", "received_at", "pk").iterator():
        version = version + 1 if row.room_session_id == room else 1
        room = row.room_session_id
        Evidence.objects.filter(pk=row.pk).update(version=version)


class Migration(migrations.Migration):

    dependencies = [
        ("incidents", "0009_evidence_strip_code"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="evidence",
            name="version",
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="evidence",
            name="withdrawn_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="evidence",
            name="withdrawal_reason",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(number, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.UniqueConstraint(fields=("room_session", "version"), name="one_version_after_the_other"),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawal_reason", ""), ("withdrawn_at", None), ("withdrawn_by", None)),
                    models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False), models.Q(("withdrawal_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a_withdrawal_names_who_when_and_why",
            ),
        ),
        migrations.RunPython(CLOSE.create, CLOSE.drop),
    ]
