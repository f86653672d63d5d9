"""One index less for each sign-in; `verification/sql/take_sign_ins.sql` finds rooms by the room and spares 留考."""

import uuid
from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

create = import_module("verification.migrations.0005_take_sign_ins").create


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0012_fewer_indexes_of_events"),
        ("verification", "0008_supervision"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="signin", name="one_effective_sign_in_per_sitting"),
        migrations.AlterField(
            model_name="signin",
            name="sitting",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sign_ins",
                to="core.sitting",
            ),
        ),
        migrations.AddConstraint(
            model_name="signin",
            constraint=models.UniqueConstraint(
                models.F("sitting"),
                models.Case(
                    models.When(effective=True, then=models.Value(uuid.UUID(int=0))), default=models.F("id")
                ),
                name="one_effective_sign_in_per_sitting",
            ),
        ),
        migrations.RunPython(create, migrations.RunPython.noop),
    ]
