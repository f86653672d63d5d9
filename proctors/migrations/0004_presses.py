from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("proctors", "0003_certificates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RosterPress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pressed_at", models.DateTimeField()),
                ("rooms", models.PositiveIntegerField()),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE, related_name="+", to="core.examplan"
                    ),
                ),
                (
                    "pressed_by",
                    models.ForeignKey(
                        on_delete=models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE, related_name="+", to="core.examsite"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "site"), name="one_last_press_per_plan_and_site")
                ],
            },
        ),
    ]
