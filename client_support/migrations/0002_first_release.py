"""The plan's own exam client (二(二)) stands in the release table from the beginning."""

from django.db import migrations


def seed(apps, schema_editor):
    apps.get_model("client_support", "ClientRelease").objects.get_or_create(version="1.2.2-0", defaults={"required": True})


class Migration(migrations.Migration):
    dependencies = [("client_support", "0001_tables")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
