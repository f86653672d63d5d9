"""The numbers that arrived from each phone, taken over from the sign-ins that were there before they were kept."""

from importlib import import_module

from django.apps import apps

from tests.verification.helpers import check, send
from verification.models import PhoneTally

count = import_module("verification.migrations.0004_numbers_that_arrived").count


def kept():
    return {(row.device_id, str(row.seen), row.last_seq, row.missing) for row in PhoneTally.objects.all()}


def test_what_came_before_is_counted(world, api, cast):
    own = world.sittings["A1/301"]
    send(api(cast.proctor), check(own[0], device_seq=2), check(own[1], device_seq=4), last_seq=6)
    send(api(cast.second), check(own[2], device_id="phone-2"))
    before = kept()
    assert before == {("phone-1", "{[2,3),[4,5)}", 6, 4), ("phone-2", "{[1,2)}", 0, 0)}
    PhoneTally.objects.filter(last_seq=0).delete()
    PhoneTally.objects.update(seen=PhoneTally().seen, missing=0)
    count(apps, None)
    assert kept() == before
