from django.db import migrations, models


class Migration(migrations.Migration):
    """Where a site lies, so that the place in a picture's file can be compared with it (C14)."""

    dependencies = [("core", "0010_manual_checks")]

    operations = [
        migrations.AddField("examsite", "latitude", models.FloatField(blank=True, null=True)),
        migrations.AddField("examsite", "longitude", models.FloatField(blank=True, null=True)),
        migrations.AddConstraint(
            "examsite",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("latitude", None), ("longitude", None)),
                    models.Q(("latitude__isnull", False), ("latitude__range", (-90, 90)), ("longitude__isnull", False), ("longitude__range", (-180, 180))),
                    _connector="OR",
                ),
                name="a_site_lies_on_the_earth",
            ),
        ),
    ]
