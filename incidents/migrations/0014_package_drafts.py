"""The file that is being stored for an order stands in it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0013_decisions_that_ask_for_evidence'),
    ]

    operations = [
        migrations.AddField(
            model_name='packageorder',
            name='draft',
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
