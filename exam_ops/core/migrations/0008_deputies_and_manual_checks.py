from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who took a delegation back; candidates who have chosen to be checked by hand (C3, E9)."""

    dependencies = [("core", "0007_hot_rows")]

    operations = [
        migrations.AddField(
            model_name="delegation",
            name="revoked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sitting",
            name="manual_check",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
