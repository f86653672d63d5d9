"""PostgreSQL takes no proctor change that is asked for or decided at or after the end of its window (C8, decision 0014)."""

from django.db import migrations

from exam_ops.core.cutoffs import Cutoff

# The free window takes its last instant in, and the clock counts microseconds.
WINDOW = Cutoff(
    "a_proctor_change_keeps_its_window",
    "proctors_proctorchange",
    closes="""NEW.window_until + CASE WHEN NEW."window" = 'free' THEN interval '1 microsecond' ELSE interval '0' END""",
    update_of=("status",),
    when="NEW.status <> 'expired'",
)


class Migration(migrations.Migration):
    dependencies = [("core", "0002_clock_and_hot_rows"), ("proctors", "0001_tables")]

    operations = [migrations.RunPython(WINDOW.create, WINDOW.drop)]
