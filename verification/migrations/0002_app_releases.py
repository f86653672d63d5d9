"""The contingency plan's own minima (clause 二(一)2)."""

from datetime import UTC, datetime

from django.db import migrations

ALWAYS = datetime(2025, 1, 1, tzinfo=UTC)
MINIMA = {"android": "4.0.0", "harmonyos": "4.0.0", "harmonyos_next": "4.0.1", "ios": "4.0.2"}


def seed(apps, schema_editor):
    apps.get_model("verification", "AppRelease").objects.bulk_create(
        apps.get_model("verification", "AppRelease")(
            platform=platform,
            minimum_version=version,
            latest_version=version,
            download_url="https://one.ouchn.cn/",
            effective_from=ALWAYS,
        )
        for platform, version in MINIMA.items()
    )


class Migration(migrations.Migration):
    dependencies = [("verification", "0001_tables")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
