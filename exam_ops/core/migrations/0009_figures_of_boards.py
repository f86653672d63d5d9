"""The few candidates whom the boards of the nation count apart are found without reading all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0008_deputies_and_manual_checks"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="sitting",
            index=models.Index(
                condition=models.Q(("room_session", None)), fields=["site_unit"], name="sitting_without_room"
            ),
        ),
        migrations.AddIndex(
            model_name="sitting",
            index=models.Index(
                condition=models.Q(("held_over", True)), fields=["site_unit"], name="sitting_held_over"
            ),
        ),
    ]
