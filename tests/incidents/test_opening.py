"""Reporting incidents: cards, joining, grades, scope."""

import pytest

from exam_ops.core import outbox, schedule
from exam_ops.core.models import ExamRoom, ExamSite, RoomSession, SiteUnit
from incidents.models import Incident, Notification
from incidents.services import acts, opening


@pytest.fixture
def report(api, world, new_id):
    def send(user, type="IDV-05", sittings=(), **extra):
        body = {
            "id": new_id(),
            "type": type,
            "occurred_at": "2025-12-06T08:12:00+08:00",
            "note": "扫描无反馈",
        }
        body |= {"room_session": world.room.pk, "sittings": [s.pk for s in sittings]} | extra
        return api(user).post("/api/v1/incidents/", body)

    return send


def test_a_report_shows_the_card_at_once(report, cast):
    answer = report(cast.proctor)
    assert answer.status_code == 201
    assert answer.data["number"].startswith("251206-")
    assert "proctor" in {step["role"] for step in answer.data["action_card"]}
    assert answer.headers["Exam-Time"]


def test_a_second_report_joins(report, cast):
    first, second = report(cast.proctor), report(cast.second)
    assert second.data["number"] == first.data["number"]
    assert Incident.objects.get().reports.count() == 2


def test_the_same_report_again_is_the_same_answer(report, cast, new_id):
    id = new_id()
    first, again = report(cast.proctor, id=id), report(cast.proctor, id=id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.data == first.data


def test_other_content_under_the_same_id_is_refused(report, cast, new_id):
    id = new_id()
    report(cast.proctor, id=id)
    assert report(cast.proctor, id=id, note="别的").data["code"] == "id_reused"


def test_five_people_are_grade_three(report, cast, world):
    answer = report(cast.proctor, "IDV-02", world.sittings["A1/301"][:5])
    assert answer.data["grade"] == 3


def test_another_room_is_not_the_proctors(report, cast):
    answer = report(cast.next_room)
    assert (answer.status_code, answer.data["code"], answer.data["missing"]) == (403, "out_of_scope", "room")


@pytest.mark.parametrize("who", ["sibling_chief", "stranger", "nobody"])
def test_elsewhere_the_room_does_not_exist(report, cast, who):
    assert report(getattr(cast, who)).status_code in (403, 404)
    assert not Incident.objects.exists()


def test_somebody_from_another_site_cannot_be_named(report, cast, world):
    answer = report(cast.proctor, sittings=world.sittings["A2/101"][:1])
    assert answer.data["errors"][0]["code"] == "unknown_sitting"


def test_a_site_report_names_site_and_unit(report, cast):
    answer = report(cast.site_admin, "NET", room_session=None, site="A1", unit="U1")
    assert answer.status_code == 201


def test_the_site_is_told(report, cast, at):
    report(cast.proctor)
    outbox.drain(now=at.now)
    assert set(Notification.objects.values_list("user__username", flat=True)) == {"site_admin", "chief"}


@pytest.mark.parametrize(("minutes", "grade"), [(10, 4), (11, 3), (31, 2)])
def test_lost_time_grades_the_report(report, cast, minutes, grade):
    assert report(cast.chief, "CLI-02", lost_minutes=minutes).data["grade"] == grade


@pytest.mark.parametrize(("type", "grade"), [("IDV-06", 3), ("STF", 3), ("PLT", 1), ("DAT", 1), ("DIS", 1)])
def test_no_proctor_is_three_and_platform_leak_and_casualty_are_one(opened, type, grade):
    assert opened(type).grade == grade


def test_a_rooms_report_joins_what_befell_the_whole_site(opened, world):
    whole = opened("NET")
    assert opened("NET", world.room, world.sittings["A1/301"][:1]).pk == whole.pk
    assert opened("NET", world.rooms["A1/302"]).pk == opened("NET").pk == whole.pk
    assert list(whole.sittings.all()) == world.sittings["A1/301"][:1]
    assert whole.reports.count() == 4


def test_a_room_whose_app_fails_keeps_an_incident_of_its_own(opened, world):
    assert opened("IDV-05", world.room).pk != opened("IDV-05").pk


def test_three_rooms_of_a_site_hit_by_the_same_are_grade_two(opened, world):
    third = ExamRoom.objects.create(site=world.site, room_no="303", seats=30)
    rooms = [*(world.rooms[key] for key in ("A1/301", "A1/302"))]
    rooms.append(RoomSession.objects.create(site_unit=world.site_unit, room=third, registered=6))
    assert [opened("IDV-03", room).grade for room in rooms] == [3, 3, 2]


def at_site(world, code: str, type: str, at, **more) -> Incident:
    return opening.open_or_join(
        type=type, site_unit=world.site_units[code], room_session=None, actor=None, now=at.now, **more
    )


def test_the_same_failure_in_two_branches_is_grade_one_and_headquarters_hears_at_once(world, at):
    assert at_site(world, "A1", "NET", at).grade == 3
    assert at_site(world, "A2", "NET", at).grade == 3
    there = at_site(world, "B1", "NET", at)
    assert (there.grade, there.level) == (1, "hq")
    line = there.entries.get(kind="raised")
    assert (line.data["sites"], line.data["branches"]) == (3, 2)


def test_once_headquarters_has_it_further_sites_keep_their_own_grade(world, at):
    at_site(world, "A1", "NET", at), at_site(world, "B1", "NET", at)
    assert at_site(world, "A2", "NET", at).grade == 3


@pytest.mark.parametrize(("count", "grade"), [(9, 3), (10, 1)])
def test_ten_sites_of_one_branch_are_grade_one(world, at, count, grade):
    sites = ExamSite.objects.bulk_create(
        ExamSite(code=f"N{n}", name=f"考点{n}", branch=world.branch) for n in range(count)
    )
    rows = schedule.create(
        [SiteUnit(site=s, unit=world.unit, start=world.unit.start, end=world.unit.end) for s in sites],
        world.plan,
        now=at.now,
    )
    found = [
        opening.open_or_join(type="NET", site_unit=row, room_session=None, actor=None, now=at.now)
        for row in rows
    ]
    assert [incident.grade for incident in found[:-1]] == [3] * (count - 1)
    assert found[-1].grade == grade


def test_solved_ones_another_unit_and_single_rooms_do_not_count(world, cast, at):
    acts.resolve(at_site(world, "A1", "NET", at), cause="a", effect="b", actor=cast.branch, now=at.now)
    assert at_site(world, "B1", "NET", at).grade == 3
    for code in ("A1/301", "B1/201"):
        room = world.rooms[code]
        incident = opening.open_or_join(
            type="IDV-03", site_unit=room.site_unit, room_session=room, actor=None, now=at.now
        )
        assert incident.grade == 3
    assert at_site(world, "A1", "STF", at).grade == at_site(world, "B1", "STF", at).grade == 3


def test_the_spread_of_a_failure_is_one_look_up(world, at, django_assert_num_queries):
    incident = at_site(world, "A1", "NET", at)
    with django_assert_num_queries(1):
        opening.sites_and_branches(incident)
