"""A decision reaches everybody concerned, and comes back as read: by phone, by page, down to the room (A4)."""

import pytest

from exam_ops.core import drill, outbox
from incidents.models import Notification
from incidents.services import decision_broadcast as broadcast
from incidents.services import decision_receipts as receipts
from tests.conftest import moment
from tests.incidents.test_decisions import decide, extend, set_policy

pytestmark = pytest.mark.django_db
CONCERNED = {
    "branch", "branch_duty", "site_admin", "chief", "centre_officer", "support", "proctor", "second", "next_room",
}  # fmt: skip


def sent(world, at, *sites):
    """A decision in force whose messages have arrived."""
    decision = decide(world, extend(10), at, *sites)
    while outbox.drain(now=at.now):
        pass
    return decision


def told(decision) -> set[str]:
    return set(Notification.objects.filter(decision=decision).values_list("user__username", flat=True))


class TestWhoIsTold:
    def test_everybody_at_branch_site_rooms_centre_and_support(self, world, at):
        assert told(sent(world, at)) == CONCERNED

    def test_nobody_of_another_branch(self, world, at):
        assert not {"other_branch", "stranger", "foreign_proctor"} & told(sent(world, at))

    def test_what_waits_is_told_to_the_other_person_at_headquarters_alone(self, world, at):
        set_policy(world, hq_confirms=True)
        sent(world, at)
        assert set(Notification.objects.values_list("user__username", flat=True)) == {"hq2"}

    def test_a_drill_begun_anew_forgets_it(self, drill_world, at):
        decision = sent(drill_world, at)
        drill.reset(drill_world.plan, to=at.now, now=at.now, actor=None)
        assert not Notification.objects.exists()
        assert not type(decision).objects.exists()
        drill_world.site_unit.refresh_from_db()
        assert drill_world.site_unit.end == drill_world.unit.end


class TestPhones:
    def test_a_proctor_reads_it_and_sends_the_receipt(self, world, at, api):
        decision = sent(world, at)
        phone = api(world.cast.proctor)
        answer = phone.get("/api/v1/notices/", {"unread": "1"})
        assert answer.status_code == 200
        (notice,) = answer.data["results"]
        assert (notice["id"], notice["kind"], notice["said"]) == (
            str(decision.uid),
            "extend",
            "结束延长 10 分钟",
        )
        (unit,) = notice["units"]
        assert unit["end"] == moment("E+10m").isoformat()
        url = f"/api/v1/notices/{decision.uid}/receipt/"
        first, again = phone.post(url), phone.post(url)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.data == again.data
        assert phone.get("/api/v1/notices/", {"unread": "1"}).data["results"] == []
        assert phone.get("/api/v1/notices/").data["results"][0]["read_at"] is not None

    def test_who_was_not_told_has_no_notice(self, world, at, api):
        decision = sent(world, at)
        stranger = api(world.cast.foreign_proctor)
        assert stranger.get("/api/v1/notices/").data["results"] == []
        answer = stranger.post(f"/api/v1/notices/{decision.uid}/receipt/")
        assert (answer.status_code, answer.data["code"]) == (404, "not_found")


class TestReceipts:
    def test_a_room_has_read_it_when_one_of_its_proctors_has(self, world, at):
        decision = sent(world, at)
        assert receipts.read(decision).figures == {"branches": (0, 1), "sites": (0, 1), "rooms": (0, 2)}
        broadcast.mark_read(decision, world.cast.second, now=at.now)
        assert receipts.read(decision).figures == {"branches": (0, 1), "sites": (0, 1), "rooms": (1, 2)}

    def test_a_site_has_read_it_when_one_of_its_heads_has(self, world, at):
        decision = sent(world, at)
        broadcast.mark_read(decision, world.cast.chief, now=at.now)
        assert receipts.read(decision).figures["sites"] == (1, 1)

    def test_only_places_where_nobody_has_read_it_are_reminded(self, world, at):
        decision = sent(world, at)
        for user in (world.cast.proctor, world.cast.chief, world.cast.branch):
            broadcast.mark_read(decision, user, now=at.now)
        people = receipts.read(decision).unread()
        assert people == {world.cast.next_room.pk}
        assert broadcast.remind(decision, people, actor=world.cast.hq, now=at.now) == 1
        outbox.drain(now=at.now)
        assert Notification.objects.filter(decision=decision, user=world.cast.next_room).count() == 2

    def test_reading_one_of_two_messages_is_reading_it(self, world, at):
        decision = sent(world, at)
        broadcast.remind(decision, [world.cast.next_room.pk], actor=world.cast.hq, now=at.now)
        outbox.drain(now=at.now)
        assert broadcast.mark_read(decision, world.cast.next_room, now=at.now)
        assert not broadcast.mark_read(decision, world.cast.next_room, now=at.now)
        assert receipts.read(decision).figures["rooms"] == (1, 2)

    def test_their_look_ups_do_not_grow_with_the_sites(self, world, at, django_assert_num_queries):
        small, large = sent(world, at), sent(world, at, world.site, world.sibling, world.foreign)
        with django_assert_num_queries(5):
            receipts.read(small)
        with django_assert_num_queries(5):
            receipts.read(large)
