"""Checks of evidence in the background, and what near pictures are found by (C14, decision 0027)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("incidents", "0010_evidence_versions_and_withdrawals")]

    operations = [
        migrations.CreateModel(
            name="EvidencePicture",
            fields=[
                ("evidence", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="picture", serialize=False, to="incidents.evidence")),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("is_drill", models.BooleanField()),
                ("made_at", models.DateTimeField()),
                ("display", models.CharField(blank=True, max_length=64)),
                ("thumb", models.CharField(blank=True, max_length=64)),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("sharpness", models.FloatField(blank=True, null=True)),
                ("brightness", models.FloatField(blank=True, null=True)),
                ("contrast", models.FloatField(blank=True, null=True)),
                ("band_0", models.PositiveIntegerField(blank=True, null=True)),
                ("band_1", models.PositiveIntegerField(blank=True, null=True)),
                ("band_2", models.PositiveIntegerField(blank=True, null=True)),
                ("band_3", models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["band_0"], name="evidence_picture_band_0"),
                    models.Index(fields=["band_1"], name="evidence_picture_band_1"),
                    models.Index(fields=["band_2"], name="evidence_picture_band_2"),
                    models.Index(fields=["band_3"], name="evidence_picture_band_3"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EvidenceCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20)),
                ("state", models.CharField(default="pending", max_length=8)),
                ("code", models.CharField(default="pending", max_length=20)),
                ("figures", models.JSONField(blank=True, default=dict)),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("evidence", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="checks", to="incidents.evidence")),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="evidence_check_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("evidence", "name"), name="a_check_is_made_once_per_evidence"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at", None), ("state", "pending")),
                            models.Q(models.Q(("state", "pending"), _negated=True), ("done_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_check_that_is_done_says_when",
                    ),
                ],
            },
        ),
    ]
