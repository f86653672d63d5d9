from django.conf import settings
from django.db import migrations, models


def by() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    """What is said of held-over candidates between two papers (留考, E10)."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("core", "0010_manual_checks"),
        ("verification", "0007_doubted_photos"),
    ]

    operations = [
        migrations.CreateModel(
            name="Supervision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kept_at", models.DateTimeField(blank=True, null=True)),
                ("kept_by", by()),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                ("left_by", by()),
                ("entered_at", models.DateTimeField(blank=True, null=True)),
                ("entered_by", by()),
                (
                    "sitting",
                    models.OneToOneField(
                        on_delete=models.deletion.CASCADE, related_name="supervision", to="core.sitting"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("left_at", None), ("entered_at", None), _connector="OR"),
                        name="who_left_has_not_entered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("entered_at", None),
                            ("entered_at__gte", models.F("kept_at")),
                            _connector="OR",
                        ),
                        name="who_enters_was_kept",
                    ),
                ],
            },
        ),
    ]
