"""What proctors pick on their phones and do not have (C11)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0004_certificates"),
    ]

    operations = [
        migrations.CreateModel(
            name="WantedDuty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("missing", models.CharField(max_length=4)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("tries", models.PositiveIntegerField(default=1)),
                ("state", models.CharField(choices=[("open", "Open"), ("called", "Called"), ("asked", "Asked"), ("placed", "Placed"), ("dismissed", "Dismissed")], default="open", max_length=9)),
                ("change", models.UUIDField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("answered_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("proctor", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="wanted_duties", to=settings.AUTH_USER_MODEL)),
                ("room_session", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="wanted_by", to="core.roomsession")),
                ("site_unit", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="wanted_duties", to="core.siteunit")),
            ],
            options={
                "indexes": [models.Index(fields=["site_unit", "state"], name="wanted_duty_of_site_unit")],
                "constraints": [
                    models.UniqueConstraint(fields=("proctor", "room_session"), name="a_proctor_wants_a_room_session_once"),
                    models.UniqueConstraint(condition=models.Q(("room_session", None)), fields=("proctor", "site_unit"), name="a_proctor_wants_a_site_unit_once"),
                    models.CheckConstraint(condition=models.Q(("state", "open"), models.Q(("answered_at__isnull", False), ("answered_by__isnull", False)), _connector="OR"), name="an_answered_wish_says_who_and_when"),
                ],
            },
        ),
    ]
