"""Events are found by their site unit; those of a plan alone by an index of their own."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0011_coordinates_of_sites"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="plan",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="core.examplan",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("site_unit", None)), fields=["plan", "id"], name="event_of_plan"
            ),
        ),
    ]
