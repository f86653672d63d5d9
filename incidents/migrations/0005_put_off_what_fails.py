from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_channels_pause")]

    operations = [
        migrations.AddField("incident", "failures", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "incident", "failed_why", models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.AddField("incident", "retry_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("decision", "failures", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "decision", "failed_why", models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.AddField("decision", "retry_at", models.DateTimeField(blank=True, null=True)),
    ]
