from django.db import migrations, models


class Migration(migrations.Migration):
    """Boards count those who have chosen a check by hand apart: few among many (E9)."""

    dependencies = [("core", "0009_figures_of_boards")]

    operations = [
        migrations.AddIndex(
            model_name="sitting",
            index=models.Index(
                condition=models.Q(("manual_check", True)), fields=["site_unit"], name="sitting_manual_check"
            ),
        ),
    ]
