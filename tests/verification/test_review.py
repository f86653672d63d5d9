"""核查清单: what waits for a person, who clears it, and what an applied fact moves."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core.access import actor_for
from exam_ops.core.models import Event, RosterRow, SiteUnit, Sitting
from incidents.models import EvidenceDuty
from incidents.services import duties
from tests.conftest import moment
from tests.verification.helpers import ask, check, room, send, status_of
from verification.models import EntryRequest, SignIn, SignInReview
from verification.selectors import review as lists
from verification.selectors.review import Chosen, Kind
from verification.services import review, undo
from verification.services.undo import NothingToUndo, TooLateToUndo


@pytest.fixture
def listed(at):
    """What a person finds on the list."""

    def facts(user, kind: str = "", **more) -> list[SignIn]:
        return lists.page(actor_for(user, now=at.now), Chosen(kind=kind, **more)).facts

    return facts


@pytest.fixture
def clear(at):
    def cleared(user, *facts: SignIn, outcome: str = "no_effect", ticket: str = "") -> review.Cleared:
        actor = actor_for(user, now=at.now)
        ids = [fact.pk for fact in facts]
        return review.clear(ids, outcome=outcome, note="看过", ticket=ticket, actor=actor, now=at.now)

    return cleared


def roster(proctor, session) -> None:
    """From now on in this room, and in no other of the unit."""
    RosterRow.objects.filter(proctor=proctor, room_session__site_unit=session.site_unit).delete()
    RosterRow.objects.create(room_session=session, proctor=proctor, position="second")


def why(done: review.Cleared) -> list[str]:
    return [str(s.refusal.extra.get("why", s.refusal.code)) for s in done.skipped]


@pytest.fixture
def stray(world, api, cast):
    """A pass by a proctor of the next room, who was not rostered for the candidate's."""
    RosterRow.objects.filter(proctor=cast.second).delete()
    [result] = send(api(cast.next_room), check(world.sitting))
    assert result["code"] == "out_of_scope"
    return SignIn.objects.get()


# --- what stands on the list ---


def test_what_could_not_be_applied_waits_for_the_people_of_its_place(world, api, cast, listed):
    send(api(cast.proctor), check(world.sitting, "T-40m"), check(10**9), check(world.sitting))
    assert sorted(f.code for f in listed(cast.chief, "rejected")) == ["not_open", "unknown_sitting"]
    assert len(listed(cast.hq, "rejected")) == 2
    assert listed(cast.sibling_chief) == listed(cast.stranger) == []


def test_two_phones_on_one_candidate_are_a_conflict_and_one_phone_twice_is_none(world, api, cast, listed):
    first, second = world.sittings["A1/301"][:2]
    send(api(cast.proctor), check(first), check(second))
    send(api(cast.proctor), check(first))
    send(api(cast.second), check(second, device_id="phone-2"))
    [fact] = listed(cast.chief, "conflict")
    assert (fact.sitting, fact.device_id) == (second, "phone-2")
    assert SignIn.objects.filter(sitting=second).count() == 2


@pytest.mark.parametrize(("minutes", "marked"), [(5, False), (-5, False), (5.01, True), (-5.01, True)])
def test_a_clock_above_five_minutes_is_marked(world, api, cast, at, listed, minutes, marked):
    RosterRow.objects.update(checked_at=at.now)
    sent_at = (at.now - timedelta(minutes=minutes)).isoformat()
    send(api(cast.proctor), check(world.sitting, "T-20m"), sent_at=sent_at)
    assert len(listed(cast.chief, "skew")) == len(listed(cast.chief)) == marked


def test_each_reason_has_its_list_and_only_what_presses_is_open(world, api, cast, at, listed):
    phone, (first, second, *_) = api(cast.proctor), world.sittings["A1/301"]
    send(phone, check(first))  # nobody has checked the proctor's face, the phone did not say when it sent
    RosterRow.objects.update(checked_at=at.now)
    at("T+31m")
    send(phone, check(second, "T-10m"), sent_at=at.now.isoformat())
    assert [f.sitting for f in listed(cast.chief, "unchecked")] == [first]
    assert [f.sitting for f in listed(cast.chief, "skew_unknown")] == [first]
    assert [f.sitting for f in listed(cast.chief, "late")] == [second]
    assert [f.sitting for f in listed(cast.chief)] == [first]
    kinds = lists.kinds_of(list(SignIn.objects.order_by("received_at")))
    assert list(kinds.values()) == [[Kind.UNCHECKED, Kind.SKEW_UNKNOWN], [Kind.LATE]]


def test_the_list_is_narrowed_by_place(world, api, cast, listed):
    send(api(cast.proctor), check(world.sitting, "T-40m"))
    send(api(cast.next_room), check(world.sittings["A1/302"][0], "T-40m"))
    send(api(cast.foreign_proctor), check(world.sittings["B1/201"][0], "T-40m"))
    assert len(listed(cast.hq, "rejected")) == 3
    assert len(listed(cast.hq, "rejected", site="A1")) == len(listed(cast.branch, "rejected")) == 2
    assert len(listed(cast.hq, "rejected", site="A1", room="302")) == 1
    assert len(listed(cast.hq, "rejected", branch="B")) == 1
    assert listed(cast.hq, "rejected", unit="U2") == []


def test_pages_hold_while_facts_come_in(world, cast, at):
    def fact(minute: int) -> SignIn:
        received = moment("T-20m") + timedelta(minutes=minute // 3)  # several at one instant
        return SignIn(
            id=uuid.uuid4(), room_session=world.room, proctor=cast.proctor, received_at=received,
            status="rejected", code="not_open", fingerprint="x", batch=uuid.uuid4(),
        )  # fmt: skip

    SignIn.objects.bulk_create(fact(n) for n in range(120))
    actor = actor_for(cast.chief, now=at.now)
    first = lists.page(actor, Chosen())
    SignIn.objects.bulk_create([fact(200)])
    second = lists.page(actor, Chosen(before=first.older))
    third = lists.page(actor, Chosen(before=second.older))
    seen = [f.pk for p in (first, second, third) for f in p.facts]
    assert (len(seen), len(set(seen)), third.older) == (120, 120, "")
    assert [f.pk for f in lists.page(actor, Chosen(after=third.newer)).facts] == [f.pk for f in second.facts]
    assert lists.page(actor, Chosen(before="nonsense")).facts[0].received_at > first.facts[0].received_at


def test_a_page_and_its_count_cost_the_same_however_many_facts_there_are(world, cast, at, monkeypatch):
    monkeypatch.setattr(lists, "COUNTED_AT_MOST", 3)
    rows = [
        SignIn(
            id=uuid.uuid4(), room_session=world.room, proctor=cast.proctor, received_at=at.now,
            status="rejected", code="not_open", fingerprint="x", batch=uuid.uuid4(),
        )
        for _ in range(9)
    ]  # fmt: skip
    SignIn.objects.bulk_create(rows[:1])
    actor = actor_for(cast.chief, now=at.now)
    with CaptureQueriesContext(connection) as few:
        lists.kinds_of(lists.page(actor, Chosen()).facts)
    SignIn.objects.bulk_create(rows[1:])
    with CaptureQueriesContext(connection) as many:
        lists.kinds_of(lists.page(actor, Chosen()).facts)
    assert len(many) == len(few) <= 2
    assert lists.count(actor, Chosen(), "rejected") == 4  # counted no further
    with CaptureQueriesContext(connection) as counted:
        lists.count(actor, Chosen(), "")
    assert len(counted) == 1
    assert "LIMIT 4" in counted[0]["sql"]


# --- clearing ---


def test_the_first_clearing_holds_and_the_second_is_told(world, cast, stray, clear, listed, at):
    assert clear(cast.site_admin, stray).cleared == [stray.pk]
    again, other = clear(cast.site_admin, stray), clear(cast.chief, stray, outcome="applied")
    assert again.repeated == [stray.pk]
    refusal = other.skipped[0].refusal
    assert (refusal.code, refusal.extra["cleared_by"]) == ("already_cleared", "site_admin")
    assert listed(cast.chief) == []
    assert [f.pk for f in listed(cast.chief, cleared=True)] == [stray.pk]
    assert Event.objects.get(kind="sign_in.reviewed").data["note"] == "看过"


def test_who_clears(world, api, cast, stray, clear):
    RosterRow.objects.filter(proctor=cast.next_room).delete()
    send(api(cast.next_room), check(10**9))  # by somebody on no duty: it can't be placed
    homeless = SignIn.objects.get(room_session=None)
    for user in (cast.hq, cast.support, cast.branch_duty, cast.inspector):
        assert why(clear(user, stray)) == ["not_allowed"]
    assert why(clear(cast.sibling_chief, stray)) == why(clear(cast.chief, homeless)) == ["not_found"]
    assert clear(cast.chief, stray).cleared == [stray.pk]
    assert clear(cast.support, homeless).cleared == [homeless.pk]


def test_a_proctor_rostered_since_lets_the_fact_be_applied_and_it_keeps_its_code(world, cast, stray, clear):
    assert why(clear(cast.chief, stray, outcome="applied")) == ["not_rostered"]
    roster(cast.next_room, world.room)
    assert clear(cast.chief, stray, outcome="applied").cleared == [stray.pk]
    assert (status_of(world.sitting), room(world.room).signed_in) == ("signed_in", 1)
    stray.refresh_from_db()
    assert (stray.status, stray.code, stray.effective) == ("rejected", "out_of_scope", False)
    assert SignInReview.objects.get().sitting == world.sitting


def test_an_unknown_sitting_is_applied_to_the_ticket_that_a_person_names(world, api, cast, clear):
    send(api(cast.proctor), check(10**9), check(10**9 + 1))
    fact, other = SignIn.objects.order_by("pk")
    assert why(clear(cast.chief, fact, outcome="applied")) == ["unknown_ticket"]
    elsewhere = world.sittings["B1/201"][0].ticket_no
    assert why(clear(cast.chief, fact, outcome="applied", ticket=elsewhere)) == ["unknown_ticket"]
    next_room = world.sittings["A1/302"][0].ticket_no
    assert why(clear(cast.chief, fact, outcome="applied", ticket=next_room)) == ["not_rostered"]
    done = clear(cast.chief, fact, other, outcome="applied", ticket=world.sitting.ticket_no)
    assert (len(done.cleared), why(done)) == (1, ["status"])
    assert status_of(world.sitting) == "signed_in"


def test_an_unreadable_fact_is_applied_when_its_time_can_be_read(world, api, cast, clear):
    good, bad = check(world.sitting, device_seq=-1), check(world.sitting, captured_at="soon")
    send(api(cast.proctor), good, bad)
    readable = SignIn.objects.get(pk=good["id"])
    unreadable = SignIn.objects.get(pk=bad["id"])
    ticket = world.sitting.ticket_no
    assert why(clear(cast.chief, unreadable, outcome="applied", ticket=ticket)) == ["no_time"]
    assert clear(cast.chief, readable, outcome="applied", ticket=ticket).cleared == [readable.pk]
    assert status_of(world.sitting) == "signed_in"


def test_applied_after_close_it_turns_absent_back_closes_the_duty_and_withdraws_nothing_twice(
    world, cast, stray, clear, at
):
    at("T+30m"), at.fire()
    sitting = Sitting.objects.get(pk=world.sitting.pk)
    duties.open_for([sitting], cause="C6", room_session=world.room, incident=None, actor=None, now=at.now)
    roster(cast.next_room, world.room)
    at("E+1h")
    assert clear(cast.site_admin, stray, outcome="applied").cleared == [stray.pk]
    sitting.refresh_from_db()
    assert (sitting.entry_status, sitting.late, sitting.emergency) == ("signed_in", False, False)
    assert EvidenceDuty.objects.get().status == "dropped"


def test_applied_while_a_request_waits_it_withdraws_the_request(world, api, cast, stray, clear):
    ask(api(cast.proctor), world.sitting)
    roster(cast.next_room, world.room)
    clear(cast.chief, stray, outcome="applied")
    assert EntryRequest.objects.get().status == "withdrawn"
    assert (status_of(world.sitting), room(world.room).pending) == ("signed_in", 0)


def test_what_was_captured_outside_entry_or_applied_already_is_only_looked_at(world, api, cast, clear):
    send(api(cast.proctor), check(world.sittings["A1/301"][1], "T-31m"), check(world.sitting))
    early, applied = SignIn.objects.get(status="rejected"), SignIn.objects.get(status="created")
    assert sorted(why(clear(cast.chief, early, applied, outcome="applied"))) == ["code", "in_force"]
    assert len(clear(cast.chief, early, applied).cleared) == 2


def test_many_are_cleared_in_as_many_statements_as_one(world, api, cast, clear):
    send(api(cast.proctor), *(check(s, "T-31m") for s in world.sittings["A1/301"]))
    first, *rest = SignIn.objects.all()
    with CaptureQueriesContext(connection) as one:
        clear(cast.chief, first)
    with CaptureQueriesContext(connection) as many:
        assert len(clear(cast.chief, *rest).cleared) == 5
    assert len(many) == len(one)


# --- undo of a manual sign-in ---


@pytest.fixture
def manual(world, api, cast):
    SiteUnit.objects.update(manual_check_for_all=True)
    send(api(cast.proctor), check(world.sitting, method="manual"), check(world.sittings["A1/301"][1]))
    return SignIn.objects.get(method="manual")


@pytest.mark.parametrize(("when", "undone"), [("T+1799s", True), ("T+30m", False), ("T+1801s", False)])
def test_a_manual_sign_in_is_undone_while_entry_is_open(world, cast, manual, at, when, undone):
    at(when)
    actor = actor_for(cast.chief, now=at.now)
    if not undone:
        with pytest.raises(TooLateToUndo):
            undo.undo(manual.pk, note="点错", actor=actor, now=at.now)
        return
    undo.undo(manual.pk, note="点错", actor=actor, now=at.now)
    manual.refresh_from_db()
    assert (status_of(world.sitting), manual.effective, room(world.room).signed_in) == (
        "not_signed_in",
        False,
        1,
    )
    assert Event.objects.get(kind="sign_in.undone").data["note"] == "点错"
    with pytest.raises(NothingToUndo):
        undo.undo(manual.pk, note="", actor=actor, now=at.now)


def test_a_face_sign_in_is_never_undone(world, cast, manual, at):
    face = SignIn.objects.get(method="face")
    with pytest.raises(NothingToUndo):
        undo.undo(face.pk, note="", actor=actor_for(cast.chief, now=at.now), now=at.now)
