"""Points of a readiness list that somebody has seen to (B4)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from exam_ops.rules.readiness import Item


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0002_clock_and_hot_rows"),
        ("office", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReadinessTick",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(choices=[(i.value, i.value) for i in Item], max_length=12)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("plan", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="readiness_ticks", to="core.examplan")),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="readiness_ticks", to="core.examsite")),
                ("undone_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("undone_at", None)), fields=("plan", "site", "item"), name="a_point_is_ticked_once"),
                ],
            },
        ),
    ]
