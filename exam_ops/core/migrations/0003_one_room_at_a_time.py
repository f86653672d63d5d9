"""PostgreSQL keeps the times of one proctor's rooms apart; who already stands in two at once stays, excused (decision 0031)."""

from django.db import migrations

from exam_ops.core import one_room


class Migration(migrations.Migration):
    dependencies = [("core", "0002_clock_and_hot_rows")]

    operations = [migrations.RunPython(one_room.create, one_room.drop)]
