"""A batch signs a whole room in at once: its rows' next versions need as much room on their page as they have (0023).

Pages that are full already stay so; the sittings of the next import stand on new ones.
"""

from django.db import migrations

BEFORE, NOW = 85, 50  # per cent


def fill(share):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE core_sitting SET (fillfactor = {share})")

    return run


class Migration(migrations.Migration):
    dependencies = [("core", "0005_wanted_duties")]

    operations = [migrations.RunPython(fill(NOW), fill(BEFORE))]
