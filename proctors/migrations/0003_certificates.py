"""The history of certificates, looks at ID numbers, questions to the real-name service (decision 0030)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0004_certificates"),
        ("proctors", "0002_window_cutoff"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Breaker",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("trial_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CertificateCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("entered", "Entered"),
                            ("changed", "Changed"),
                            ("person", "Person"),
                            ("service", "Service"),
                            ("reopened", "Reopened"),
                            ("ended", "Ended"),
                        ],
                        max_length=8,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("revision", models.PositiveIntegerField()),
                (
                    "number",
                    models.CharField(
                        blank=True,
                        choices=[("agrees", "agrees"), ("differs", "differs"), ("unclear", "unclear")],
                        max_length=8,
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        choices=[("agrees", "agrees"), ("differs", "differs"), ("unclear", "unclear")],
                        max_length=8,
                    ),
                ),
                (
                    "face",
                    models.CharField(
                        blank=True,
                        choices=[("agrees", "agrees"), ("differs", "differs"), ("unclear", "unclear")],
                        max_length=8,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("recheck", "recheck"),
                            ("certified", "certified"),
                            ("refused", "refused"),
                            ("recorded", "recorded"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("facts", models.JSONField(blank=True, default=list)),
                ("photo", models.CharField(blank=True, max_length=64)),
                ("document_photo", models.CharField(blank=True, max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="core.proctorprofile",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ["person", "service"]), ("outcome", "certified"), _negated=True
                            ),
                            models.Q(("face", "agrees"), ("name", "agrees"), ("number", "agrees")),
                            _connector="OR",
                        ),
                        name="a_certificate_names_three_agreements",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "person"), _negated=True),
                            ("by__isnull", False),
                            _connector="OR",
                        ),
                        name="a_persons_comparison_names_the_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NumberReveal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("purpose", models.CharField(max_length=12)),
                ("words", models.CharField(max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reveals",
                        to="core.proctorprofile",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["by", "at"], name="number_reveals_of_a_person")],
            },
        ),
        migrations.CreateModel(
            name="RealNameAsk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="asks",
                        to="core.proctorprofile",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="real_name_due"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("profile", "revision"), name="the_service_is_asked_once_per_revision"
                    )
                ],
            },
        ),
    ]
