"""The statement of sign-ins holds no sitting first: who was moved meanwhile is left to the other adapter (0023)."""

from importlib import import_module

from django.db import migrations

_function = import_module("verification.migrations.0003_take_sign_ins")


def renew(apps, schema_editor):
    _function.drop(apps, schema_editor)
    _function.create(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("verification", "0004_numbers_that_arrived")]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
