"""What arrived from each phone is kept beside what it says it has made; sign-ins need no index for it (0023)."""

from collections import defaultdict
from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

import verification.models.door
from exam_ops.rules.numbering import Numbers

_function = import_module("verification.migrations.0003_take_sign_ins")


def count(apps, schema_editor):
    """The numbers of the sign-ins that are there."""
    sign_ins, tallies = (apps.get_model("verification", name) for name in ("SignIn", "PhoneTally"))
    arrived = defaultdict(list)
    rows = sign_ins.objects.filter(room_session__isnull=False, device_seq__isnull=False).exclude(device_id="")
    facts = rows.order_by().values_list("room_session", "device_id", "device_seq", "received_at")
    for room, device, number, at in facts.iterator(chunk_size=5000):
        arrived[room, device].append((number, at))
    known = {(row.room_session_id, row.device_id): row for row in tallies.objects.all()}
    for room, device in arrived.keys() - known.keys():
        at = max(at for _, at in arrived[room, device])
        known[room, device] = tallies(room_session_id=room, device_id=device, last_seq=0, heard_at=at)
    for phone, row in known.items():
        row.seen = Numbers.of(number for number, _ in arrived[phone])
        row.missing = row.seen.missing(row.last_seq)
    tallies.objects.bulk_update([row for row in known.values() if row.pk], ["seen", "missing"], batch_size=500)
    tallies.objects.bulk_create([row for row in known.values() if not row.pk], batch_size=500)


def renew(apps, schema_editor):
    _function.drop(apps, schema_editor)
    _function.create(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("verification", "0003_take_sign_ins")]

    operations = [
        migrations.AddField("phonetally", "seen", verification.models.door.NumbersField(default=Numbers)),
        migrations.AddField("phonetally", "missing", models.PositiveIntegerField(default=0)),
        migrations.AlterField("phonetally", "last_seq", models.PositiveIntegerField(default=0)),
        migrations.AlterField(
            "phonetally",
            "room_session",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="phone_tallies",
                to="core.roomsession",
            ),
        ),
        migrations.AddIndex(
            "phonetally",
            models.Index(
                fields=["room_session"], name="tally_with_gaps", condition=models.Q(missing__gt=0)
            ),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
        migrations.RemoveIndex("signin", "sign_in_sequence"),
        migrations.RunPython(renew, migrations.RunPython.noop),
    ]
