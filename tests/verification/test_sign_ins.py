"""Sign-ins: the window to the second, idempotence, every rejection, counters."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core.models import Candidate, Event, RosterRow, SiteUnit, Sitting
from tests.verification.helpers import check, room, send, status_of
from verification.models import SignIn


@pytest.fixture
def phone(api, cast):
    return api(cast.proctor)


def outcome(result: dict) -> tuple:
    return result["status"], result["code"], result["entry_status"]


def test_a_pass_signs_in(world, phone):
    assert outcome(send(phone, check(world.sitting))[0]) == ("created", None, "signed_in")
    assert status_of(world.sitting) == "signed_in"
    assert room(world.room).signed_in == 1
    assert Event.objects.get(kind="sign_in.passed").sitting_id == world.sitting.pk


def test_a_failure_changes_nothing_and_is_kept(world, phone):
    assert outcome(send(phone, check(world.sitting, outcome="failed"))[0]) == (
        "created",
        None,
        "not_signed_in",
    )
    assert Sitting.objects.get(pk=world.sitting.pk).failed_attempts == 1
    assert room(world.room).failed_only == 1


def test_a_pass_after_a_failure_is_no_block_any_more(world, phone):
    send(phone, check(world.sitting, outcome="failed"), check(world.sitting))
    assert (room(world.room).failed_only, room(world.room).signed_in) == (0, 1)


@pytest.mark.parametrize(
    ("captured", "received", "expected"),
    [
        ("T-1801s", "T-20m", ("rejected", "not_open")),
        ("T-30m", "T-30m", ("created", None)),
        ("T-30m", "T-1801s", ("rejected", "not_open")),
        ("T+1799s", "T+1799s", ("created", None)),
        ("T+1799s", "T+2h", ("created", None)),
        ("T+30m", "T+30m", ("rejected", "not_open")),
        ("T+1801s", "T+31m", ("rejected", "not_open")),
    ],
)
def test_the_window_counts_the_capture(world, phone, at, captured, received, expected):
    at(received)
    result = send(phone, check(world.sitting, captured))[0]
    assert (result["status"], result["code"]) == expected
    assert SignIn.objects.get(pk=result["id"]).code == (expected[1] or "")


@pytest.mark.parametrize("engine_ran", [True, False])
def test_what_arrives_late_turns_absent_back(world, phone, at, engine_ran):
    at("T+40m")
    if engine_ran:
        at.fire()
        assert status_of(world.sitting) == "absent"
    assert outcome(send(phone, check(world.sitting, "T-5m"))[0]) == ("created", None, "signed_in")
    sitting = Sitting.objects.get(pk=world.sitting.pk)
    assert (sitting.entry_status, sitting.late) == ("signed_in", True)
    assert SignIn.objects.get().late
    assert Event.objects.filter(kind="sign_in.late").count() == 1


def test_times_are_corrected_by_the_skew(world, phone, at):
    """The phone is an hour ahead and says so: its 09:25 is 08:25."""
    at("T-5m")
    late = check(world.sitting, "T+55m")
    assert (
        send(phone, late, sent_at=world.unit.start.replace(hour=1, minute=25).isoformat())[0]["code"] is None
    )
    assert SignIn.objects.get().skew_ms == -3_600_000


def test_without_sent_at_the_skew_is_unknown(world, phone):
    send(phone, check(world.sitting))
    assert SignIn.objects.get().skew_ms is None


def test_the_same_again_is_a_duplicate_also_after_the_close(world, phone, at):
    item = check(world.sitting)
    send(phone, item)
    at("T+3h")
    assert outcome(send(phone, item)[0]) == ("duplicate", None, "signed_in")
    assert SignIn.objects.count() == 1
    assert room(world.room).signed_in == 1


def test_twice_in_one_batch(world, phone):
    item = check(world.sitting)
    assert [r["status"] for r in send(phone, item, item)] == ["created", "duplicate"]


def test_another_content_under_the_id_is_refused_and_kept_aside(world, phone):
    item = check(world.sitting)
    send(phone, item)
    other = item | {"score": 0.5}
    assert [r["code"] for r in send(phone, other, other)] == ["id_reused", "id_reused"]
    assert SignIn.objects.filter(code="id_reused", reported_id__contains=item["id"]).count() == 1


def test_another_user_may_not_use_the_id(world, phone, api, cast):
    item = check(world.sitting)
    send(phone, item)
    assert send(api(cast.second), item)[0]["code"] == "id_reused"


def test_a_rejected_fact_is_kept_and_answers_the_same(world, phone, at):
    item = check(world.sitting, "T+30m")
    first = send(phone, item)[0]
    SiteUnit.objects.filter(pk=world.site_unit.pk).update(entry_closes_at=at("T+40m"))
    at("T+31m")
    assert send(phone, item)[0] == first
    assert SignIn.objects.get(pk=item["id"]).status == "rejected"


def test_two_phones_one_effective(world, phone, api, cast):
    send(phone, check(world.sitting))
    assert outcome(send(api(cast.second), check(world.sitting, device_id="phone-2"))[0]) == (
        "created",
        None,
        "signed_in",
    )
    assert SignIn.objects.filter(sitting=world.sitting).count() == 2
    assert SignIn.objects.get(effective=True).device_id == "phone-1"
    assert room(world.room).signed_in == 1


def test_each_item_is_answered_on_its_own_in_order(world, phone):
    own, next_room = world.sittings["A1/301"], world.sittings["A1/302"]
    items = [
        check(own[0]),
        check(next_room[0]),
        check(world.sittings["A2/101"][0]),
        check(10**9),
        check("nonsense"),
        check(own[1], method="manual"),
        {"id": "no uuid"},
        "not even an object",
        check(own[2], "T-40m"),
        check(own[3]) | {"sitting": ["x"]},
        check(own[4]),
    ]
    results = send(phone, *items)
    assert [r["code"] for r in results] == [
        None,
        "out_of_scope",
        "unknown_sitting",
        "unknown_sitting",
        "unknown_sitting",
        "manual_not_allowed",
        "invalid",
        "invalid",
        "not_open",
        "invalid",
        None,
    ]
    assert [r["id"] for r in results[:6]] == [i["id"] for i in items[:6]]
    assert SignIn.objects.count() == len(items)
    assert room(world.room).signed_in == 2


def test_what_cannot_be_placed_stands_in_the_room_it_came_from(world, phone):
    send(phone, check("nonsense"))
    row = SignIn.objects.get()
    assert (row.room_session_id, row.reported_sitting) == (world.room.pk, "nonsense")


@pytest.mark.parametrize(
    "field",
    [
        {"captured_at": None},
        {"captured_at": "2025-12-06T08:00:00"},
        {"captured_at": "9999-12-31T23:59:59Z"},
        {"method": "guess"},
        {"outcome": 1},
        {"score": "high"},
        {"device_id": "x" * 101},
        {"device_id": "a\0b"},
        {"device_seq": 0},
        {"device_seq": 2**40},
        {"device_seq": True},
    ],
)
def test_a_field_that_is_none_of_its_kind_is_invalid(world, phone, field):
    assert send(phone, check(world.sitting, **field), check(world.sitting))[0]["code"] == "invalid"
    assert status_of(world.sitting) == "signed_in"


@pytest.mark.parametrize("items", [[], None, "x", [{}] * 501])
def test_one_to_five_hundred_items(world, phone, items):
    answer = phone.post("/api/v1/sign-ins/", {"items": items})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_manual_where_headquarters_decided_so(world, phone):
    SiteUnit.objects.filter(pk=world.site_unit.pk).update(manual_check_for_all=True)
    assert send(phone, check(world.sitting, method="manual"))[0]["entry_status"] == "signed_in"


def test_the_finally_rejected_stay_rejected(world, phone):
    Sitting.objects.filter(pk=world.sitting.pk).update(entry_status="rejected")
    assert outcome(send(phone, check(world.sitting))[0]) == ("rejected", "entry_rejected", "rejected")


def test_an_approved_candidate_stays_so(world, phone):
    Sitting.objects.filter(pk=world.sitting.pk).update(entry_status="approved")
    assert outcome(send(phone, check(world.sitting))[0]) == ("created", None, "approved")
    assert not SignIn.objects.get().effective


def test_signs_of_an_unchecked_proctor_are_flagged(world, phone, cast, at):
    send(phone, check(world.sittings["A1/301"][0]))
    RosterRow.objects.filter(proctor=cast.proctor).update(checked_at=at.now)
    send(phone, check(world.sittings["A1/301"][1]))
    assert list(SignIn.objects.order_by("sitting").values_list("proctor_unchecked", flat=True)) == [
        True,
        False,
    ]


def _crowd(world, size: int) -> list[Sitting]:
    people = Candidate.objects.bulk_create(
        Candidate(student_no=f"crowd{n}", name=f"考生{n}") for n in range(size)
    )
    return Sitting.objects.bulk_create(
        Sitting(
            candidate=person,
            paper=world.papers[0],
            site_unit=world.site_unit,
            room_session=world.room,
            seat_no=f"c{n}",
            ticket_no=f"c{n}",
        )
        for n, person in enumerate(people)
    )


def test_the_statements_do_not_grow_with_the_batch(world, phone, django_assert_max_num_queries):
    crowd = _crowd(world, 101)

    def cost(sittings) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            results = send(phone, *(check(s, device_seq=n) for n, s in enumerate(sittings, 1)), last_seq=200)
        assert {r["status"] for r in results} == {"created"}
        return len([q for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))])

    one, fifty = cost(crowd[:1]), cost(crowd[1:51])
    # SQLite takes a thousand parameters at a time, so that an insert of fifty wide rows is two statements
    assert fifty <= one + (2 if connection.vendor == "sqlite" else 0)
    with django_assert_max_num_queries(30):
        send(phone, *(check(s) for s in crowd[51:]))


def test_a_drill_takes_real_times_from_devices(drill_world, api, at):
    from exam_ops.core import drill
    from tests.conftest import moment

    drill.jump(drill_world.plan, to=moment("T+10m"), now=at.now, actor=None)
    phone = api(drill_world.cast.proctor)
    item = check(drill_world.sitting, captured_at=at.now.isoformat())
    answer = phone.post(
        "/api/v1/sign-ins/",
        {"items": [item], "sent_at": at.now.isoformat()},
        headers={"Exam-Clock": "device"},
    )
    assert answer.json()["results"][0]["entry_status"] == "signed_in"
    assert answer["Exam-Time"] == moment("T+10m").isoformat()
    assert SignIn.objects.get().captured_at == moment("T+10m")


def test_a_drill_forgets_its_sign_ins(drill_world, api, at):
    from exam_ops.core import drill
    from tests.conftest import moment

    send(api(drill_world.cast.proctor), check(drill_world.sitting), last_seq=3)
    drill.reset(drill_world.plan, to=moment("T-30m"), now=at.now, actor=None)
    assert not SignIn.objects.exists()


@pytest.mark.parametrize("who", ["chief", "site_admin", "hq", "candidate", "nobody"])
def test_only_proctors_sign_people_in(world, api, cast, who):
    answer = api(getattr(cast, who)).post("/api/v1/sign-ins/", {"items": [check(world.sitting)]})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_not_without_a_phone(world, api, cast):
    answer = api(cast.proctor, phone=False).post("/api/v1/sign-ins/", {"items": [check(world.sitting)]})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_not_without_a_token(world, api):
    answer = api().post("/api/v1/sign-ins/", {"items": [check(world.sitting)]})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
