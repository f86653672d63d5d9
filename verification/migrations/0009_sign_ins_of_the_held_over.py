"""`verification/sql/take_sign_ins.sql` hands candidates kept since the paper before (留考) to the other adapter."""

from importlib import import_module

from django.db import migrations

create = import_module("verification.migrations.0005_take_sign_ins").create


class Migration(migrations.Migration):
    dependencies = [("verification", "0008_supervision")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
