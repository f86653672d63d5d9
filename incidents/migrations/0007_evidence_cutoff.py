"""PostgreSQL takes no evidence that is committed at or after its close (C14, decision 0008)."""

from django.db import migrations

from exam_ops.core.cutoffs import Cutoff

CLOSE = Cutoff(
    "evidence_is_in_before_its_close",
    "incidents_evidence",
    closes="""
        SELECT site_unit.evidence_closes_at
        FROM core_roomsession AS session JOIN core_siteunit AS site_unit ON site_unit.id = session.site_unit_id
        WHERE session.id = NEW.room_session_id
    """,
)


class Migration(migrations.Migration):
    dependencies = [("core", "0005_exam_clock"), ("incidents", "0006_ladder_rounds")]

    operations = [migrations.RunPython(CLOSE.create, CLOSE.drop)]
