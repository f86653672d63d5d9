"""The same at the same moment: one effect each."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from exam_ops.core.models import Event, ExamPlan, SiteUnit, Sitting
from exam_ops.rules.permissions import Role
from incidents.models import EvidenceDuty, Incident
from tests import world as worlds
from tests.journeys.voices import report
from tests.races import at_once
from tests.verification.helpers import ask, check, decide, jpeg, room, send, status_of
from verification.models import EntryRequest, SignIn

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


def test_the_same_sign_in_many_times(world, api, cast):
    item, phones = check(world.sitting), [api(cast.proctor) for _ in range(5)]
    results = at_once(*(lambda p=p: send(p, item)[0]["status"] for p in phones))
    assert sorted(results) == ["created", *["duplicate"] * 4]
    assert (SignIn.objects.count(), room(world.room).signed_in) == (1, 1)


def test_five_phones_on_one_candidate(world, api, cast):
    phones = [api(cast.proctor) for _ in range(5)]
    at_once(
        *(
            lambda p=p, n=n: send(p, check(world.sitting, device_id=f"phone-{n}"))
            for n, p in enumerate(phones)
        )
    )
    assert SignIn.objects.filter(sitting=world.sitting).count() == 5
    assert SignIn.objects.filter(effective=True).count() == 1
    assert room(world.room).signed_in == 1


def test_somebody_moved_while_the_statement_waits(world, api, cast):
    """What it read is not so any more: nothing of it is written, and the other adapter takes the check in."""
    phone, of_sitting = api(cast.proctor), Sitting.objects.filter(pk=world.sitting.pk)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            of_sitting.update(entry_status="absent", failed_attempts=1)
            sent = pool.submit(at_once, lambda: send(phone, check(world.sitting)))
            until_somebody_waits()
        ((result,),) = sent.result()
    assert (result["status"], result["entry_status"]) == ("created", "signed_in")
    assert of_sitting.values_list("late", "failed_attempts").get() == (True, 1)
    assert (SignIn.objects.count(), Event.objects.filter(kind="sign_in.passed").count()) == (1, 1)


def test_who_waited_for_a_jump_goes_by_the_clock_after_it(world, api, cast):
    """A drill's clock moves while a phone's check waits for the site unit."""
    phone, ahead = api(cast.proctor), timedelta(minutes=1)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            SiteUnit.objects.select_for_update().get(pk=world.site_unit.pk)
            ExamPlan.objects.filter(pk=world.plan.pk).update(kind=ExamPlan.Kind.DRILL, clock_offset=ahead)
            sent = pool.submit(at_once, lambda: send(phone, check(world.sitting)))
            until_somebody_waits()
        ((result,),) = sent.result()
    passed = Event.objects.get(kind="sign_in.passed")
    assert (result["status"], passed.plan_at - passed.at) == ("created", ahead)


def until_somebody_waits() -> None:
    """Returns when another connection waits for a row of ours."""
    for _ in range(50_000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
    raise AssertionError("nobody waits")


def test_one_id_for_two_candidates(world, api, cast):
    one, other = (check(s, id="11111111-1111-4111-8111-111111111111") for s in world.sittings["A1/301"][:2])
    phones = [api(cast.proctor), api(cast.proctor)]
    codes = at_once(lambda: send(phones[0], one)[0]["code"], lambda: send(phones[1], other)[0]["code"])
    assert sorted(map(str, codes)) == ["None", "id_reused"]
    assert room(world.room).signed_in == 1


def test_batches_that_overlap_the_other_way_round(world, api, cast):
    items = [check(s) for s in world.sittings["A1/301"]]
    phones = [api(cast.proctor), api(cast.second)]
    mirrored = [i | {"id": str(uuid.uuid4())} for i in reversed(items)]
    at_once(lambda: send(phones[0], *items), lambda: send(phones[1], *mirrored))
    assert (room(world.room).signed_in, SignIn.objects.filter(effective=True).count()) == (6, 6)


def test_two_failures_count_one_person(world, api, cast):
    phones = [api(cast.proctor), api(cast.second)]
    at_once(*(lambda p=p: send(p, check(world.sitting, outcome="failed")) for p in phones))
    assert room(world.room).failed_only == 1


def test_the_same_request_many_times(world, api, cast):
    id, phones = str(uuid.uuid4()), [api(cast.proctor) for _ in range(4)]
    answers = at_once(*(lambda p=p: ask(p, world.sitting, id=id) for p in phones))
    assert sorted(a.status_code for a in answers) == [200, 200, 200, 201]
    assert all(a.json() == answers[0].json() for a in answers)
    assert (EntryRequest.objects.count(), Incident.objects.count(), room(world.room).pending) == (1, 1, 1)


def test_two_proctors_ask_for_one_candidate(world, api, cast):
    phones = [api(cast.proctor), api(cast.second)]
    answers = at_once(*(lambda p=p: ask(p, world.sitting) for p in phones))
    assert sorted(a.status_code for a in answers) == [201, 409]
    assert room(world.room).pending == 1


def test_two_deciders(world, api, cast):
    other = worlds.member("chief2", Role.CHIEF, site=world.site)
    for sitting in world.sittings["A1/301"]:
        id = ask(api(cast.proctor), sitting).json()["id"]
        chiefs = [api(cast.chief), api(other)]
        answers = at_once(
            lambda c=chiefs[0], id=id: decide(c, id), lambda c=chiefs[1], id=id: decide(c, id, "rejected")
        )
        assert sorted(a.status_code for a in answers) == [201, 409]
        winner = next(a for a in answers if a.status_code == 201).json()
        assert status_of(sitting) == winner["status"]
    counts = room(world.room)
    assert counts.approved + counts.rejected == 6
    assert EvidenceDuty.objects.count() == counts.approved == counts.emergency
    assert Event.objects.filter(kind__in=["entry.approved", "entry.rejected"]).count() == 6


def test_a_pass_against_a_decision(world, api, cast):
    for sitting in world.sittings["A1/301"]:
        id = ask(api(cast.proctor), sitting).json()["id"]
        phone, chief = api(cast.proctor), api(cast.chief)
        at_once(lambda p=phone, s=sitting: send(p, check(s)), lambda c=chief, id=id: decide(c, id))
        request = EntryRequest.objects.get(pk=id)
        expected = {"withdrawn": "signed_in", "approved": "approved"}[request.status]
        assert status_of(sitting) == expected
    counts = room(world.room)
    assert (counts.signed_in + counts.approved, counts.pending) == (6, 0)


def test_two_photos_for_one_sign_in(world, api, cast):
    id = send(api(cast.proctor), check(world.sitting))[0]["id"]
    phones = [api(cast.proctor), api(cast.proctor)]
    url = f"/api/v1/sign-ins/{id}/photo/"
    answers = at_once(
        lambda: phones[0].put(url, jpeg("red"), content_type="image/jpeg"),
        lambda: phones[1].put(url, jpeg("blue"), content_type="image/jpeg"),
    )
    assert sorted(a.status_code for a in answers) == [201, 409]


def test_the_close_against_a_sign_in(world, api, cast, at):
    """Whoever was captured in time is in, whichever comes first."""
    item, phone = check(world.sitting, "T+29m"), api(cast.proctor)
    at("T+30m")
    at_once(at.fire, lambda: send(phone, item))
    at.fire()
    assert status_of(world.sitting) == "signed_in"
    assert (room(world.room).signed_in, room(world.room).absent) == (1, 5)


def test_a_room_decided_by_two_chiefs_while_a_phone_comes_back(world, api, cast):
    """Everybody gets one outcome, nobody owes twice, and the room's figures agree with its candidates."""
    people = world.sittings["A1/301"]
    report(api(cast.proctor), "IDV-03", room=world.room)
    other = worlds.member("chief2", Role.CHIEF, site=world.site)
    chiefs, phone = [api(cast.chief), api(other)], api(cast.second)

    def decide_all(chief: Any, outcome: str) -> int:
        body = {"id": str(uuid.uuid4()), "outcome": outcome, "documents_checked": True}
        answer = chief.post(f"/api/v1/room-sessions/{world.room.pk}/entry-decision/", body, format="json")
        assert answer.status_code in (201, 409), answer.content
        return len(answer.json()["decided"]) if answer.status_code == 201 else 0

    sizes = at_once(
        lambda: decide_all(chiefs[0], "approved"),
        lambda: decide_all(chiefs[1], "rejected"),
        lambda: 0 * len(send(phone, *(check(p) for p in people[:2]))),
    )
    found = [status_of(p) for p in people]
    decided = [status for status in found if status in ("approved", "rejected")]
    assert sum(sizes) >= len(decided) >= 4
    assert len({*decided}) == 1
    now = room(world.room)
    assert (now.approved, now.rejected) == (found.count("approved"), found.count("rejected"))
    assert now.signed_in == found.count("signed_in")
    open_duties = EvidenceDuty.objects.filter(sitting__isnull=False, status="open")
    assert open_duties.count() == found.count("approved")
