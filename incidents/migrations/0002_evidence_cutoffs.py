"""PostgreSQL takes no evidence, and no withdrawal, that is committed at or after the close (C14, decision 0008)."""

from django.db import migrations

from exam_ops.core.cutoffs import Cutoff

CLOSES = """
    SELECT site_unit.evidence_closes_at
    FROM core_roomsession AS session JOIN core_siteunit AS site_unit ON site_unit.id = session.site_unit_id
    WHERE session.id = NEW.room_session_id
"""
TAKEN = Cutoff("evidence_is_in_before_its_close", "incidents_evidence", closes=CLOSES)
WITHDRAWN = Cutoff(
    "evidence_is_withdrawn_before_its_close",
    "incidents_evidence",
    closes=CLOSES,
    insert=False,
    update_of=("withdrawn_at",),
)


class Migration(migrations.Migration):
    replaces = [("incidents", "0007_evidence_cutoff")]

    dependencies = [("core", "0002_clock_and_hot_rows"), ("incidents", "0001_tables")]

    operations = [
        migrations.RunPython(TAKEN.create, TAKEN.drop),
        migrations.RunPython(WITHDRAWN.create, WITHDRAWN.drop),
    ]
