"""The gate of the exam client: ticket, address, client, time, entry (D1, B5)."""

import pytest

from client_support.models import ClientLogin, ClientRelease, ClientSession, RefusedLogin
from client_support.services import addresses
from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from tests.client_support.conftest import HOME_IP, OTHER_SITE_IP, SITE_IP, code
from tests.world import E


def test_a_candidate_is_admitted(world, machine):
    answer = machine.knock(world.sitting)
    body = answer.json()
    assert (answer.status_code, body["status"], body["answers"]) == (201, "admitted", [])
    assert body["token"]
    assert len(body["export_key"]) == 64
    assert body["unit_end"] == "2025-12-06T02:00:00Z"
    assert answer["Exam-Time"]


def test_somebody_not_yet_signed_in_is_admitted_and_shown(world, machine):
    machine.log_in(world.sitting)
    world.sitting.refresh_from_db()
    assert world.sitting.has_client_session
    assert world.sitting.entry_status == "not_signed_in"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("T-1801s", 403), ("T-30m", 201), ("T", 201), ("E-1s", 201), ("E", 403), ("E+1s", 403)],
)
def test_logins_are_open_from_entry_to_the_end(world, machine, at, moment, expected):
    at(moment)
    assert machine.knock(world.sitting).status_code == expected


def test_too_early_is_not_open(world, machine, at):
    at("T-31m")
    assert code(machine.knock(world.sitting)) == (403, "not_open")


def test_an_unknown_ticket_and_a_wrong_id_number_answer_alike(world, machine):
    wrong = machine.knock(world.sitting, id_no_last4="9999")
    unknown = machine.knock(world.sitting, ticket_no="T999")
    assert code(wrong) == (404, "unknown_ticket")
    assert wrong.json() == unknown.json()


def test_a_wrong_id_number_from_outside_says_nothing_of_the_address(world, machine):
    machine.ip = HOME_IP
    assert code(machine.knock(world.sitting, id_no_last4="9999")) == (404, "unknown_ticket")


def test_a_lower_case_x_is_the_same_id_number(world, machine):
    last4 = world.sitting.candidate.id_no[-4:].lower()
    assert machine.knock(world.sitting, id_no_last4=last4).status_code == 201


def test_guessing_is_slowed_down_for_that_ticket_and_machine_alone(world, machine, other_machine):
    for _ in range(10):
        machine.knock(world.sitting, id_no_last4="9999")
    answer = machine.knock(world.sitting)
    assert code(answer) == (429, "too_many_requests")
    assert answer["Retry-After"] == "300"
    assert other_machine.knock(world.sitting).status_code == 201


@pytest.mark.parametrize("ip", [HOME_IP, OTHER_SITE_IP, "10.0.0.5", "127.0.0.1", "not-an-address"])
def test_outside_the_own_site_nobody_gets_in(world, machine, ip):
    machine.ip = ip
    answer = machine.knock(world.sitting)
    assert code(answer) == (403, "outside_site_ip")
    assert answer.json()["seen_ip"] == ip
    assert answer.json()["title"] == "请在考场范围内进行考试"


@pytest.mark.parametrize(
    "header",
    [
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_REAL_IP",
        "HTTP_FORWARDED",
        "HTTP_CLIENT_IP",
        "HTTP_X_CLIENT_IP",
        "HTTP_TRUE_CLIENT_IP",
    ],
)
def test_a_header_does_not_move_the_caller(world, machine, header):
    machine.ip = HOME_IP
    machine.http.credentials(**{header: SITE_IP})
    assert code(machine.knock(world.sitting)) == (403, "outside_site_ip")


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (SITE_IP, 201),
        (f"{HOME_IP}, {SITE_IP}", 201),
        (f"{SITE_IP}, {HOME_IP}", 403),
        (f"::ffff:{SITE_IP}", 201),
    ],
)
def test_behind_a_proxy_the_right_most_hop_counts(world, machine, settings, forwarded, expected):
    settings.TRUSTED_PROXIES = ["10.1.1.1"]
    machine.ip = "10.1.1.1"
    machine.http.credentials(HTTP_X_FORWARDED_FOR=forwarded)
    assert machine.knock(world.sitting).status_code == expected


def test_an_address_counts_from_its_beginning_to_its_end(world, machine, at):
    machine.ip = "36.110.10.1"
    start, end = at("T-10m"), at("T-5m")
    addresses.register(world.site, machine.ip, valid_from=start, valid_until=end, actor=None, now=at("T-20m"))
    seen = [
        machine.knock(s).status_code
        for s, _ in zip(world.sittings["A1/301"], _clock(at, start, end), strict=False)
    ]
    assert seen == [403, 201, 201, 403]


def _clock(at, start, end):
    from datetime import timedelta

    second = timedelta(seconds=1)
    for moment in (start - second, start, end - second, end):
        at.now = moment
        yield moment


def test_a_registered_address_works_at_once_and_a_removed_one_no_more(world, machine, at):
    machine.ip = "36.110.10.1"
    assert machine.knock(world.sitting).status_code == 403
    row = addresses.register(world.site, machine.ip, actor=world.cast.site_admin, now=at.now).address
    assert machine.knock(world.sitting).status_code == 201
    addresses.remove(row, actor=world.cast.site_admin, now=at.now)
    assert machine.knock(world.sittings["A1/301"][1]).status_code == 403


@pytest.mark.parametrize("version", ["1.2.1-9", "1.2.2-1", "0", "1.2.2-beta", "9.9"])
def test_another_client_is_refused_with_the_required_version(world, machine, version):
    answer = machine.knock(world.sitting, client_version=version)
    assert code(answer) == (403, "client_outdated")
    assert answer.json()["required_version"] == "1.2.2-0"


def test_a_later_released_client_is_let_in(world, machine):
    ClientRelease.objects.create(version="1.2.10-0")
    assert machine.knock(world.sitting, client_version="1.2.10-0").status_code == 201


@pytest.mark.parametrize(
    ("status", "expected"), [("rejected", "entry_rejected"), ("absent", "entry_expired")]
)
def test_who_was_not_let_into_the_room_is_not_let_into_the_paper(world, machine, status, expected):
    Sitting.objects.filter(pk=world.sitting.pk).update(entry_status=status)
    assert code(machine.knock(world.sitting)) == (403, expected)


def test_checks_stand_in_the_order_of_the_contract(world, machine, at):
    at("T-40m")
    Sitting.objects.filter(pk=world.sitting.pk).update(entry_status="rejected")
    assert code(machine.knock(world.sitting, client_version="1.0.0")) == (403, "client_outdated")
    assert code(machine.knock(world.sitting)) == (403, "not_open")
    machine.ip = HOME_IP
    assert code(machine.knock(world.sitting, client_version="1.0.0")) == (403, "outside_site_ip")


def test_a_refused_login_counts_once_and_is_cleared_by_getting_in(world, machine):
    machine.ip = HOME_IP
    machine.knock(world.sitting), machine.knock(world.sitting)
    assert _refused(world) == (True, 1)
    machine.ip = SITE_IP
    machine.log_in(world.sitting)
    assert _refused(world) == (False, 0)


def test_too_early_is_no_sign_of_trouble(world, machine, at):
    at("T-31m")
    machine.knock(world.sitting)
    assert _refused(world) == (False, 0)
    assert RefusedLogin.objects.get().code == "not_open"


def test_a_wrong_id_number_says_nothing_of_the_candidate(world, machine):
    machine.knock(world.sitting, id_no_last4="9999")
    assert _refused(world) == (False, 0)


def _refused(world) -> tuple[bool, int]:
    sitting, room = Sitting.objects.get(pk=world.sitting.pk), RoomSession.objects.get(pk=world.room.pk)
    return sitting.client_refused, room.refused_logins


def test_one_ticket_for_two_units_means_the_one_that_is_open(world, machine, at):
    later = SiteUnit.objects.get(site=world.site, unit=world.later_unit)
    Sitting.objects.create(
        candidate=world.sitting.candidate,
        paper=world.papers[1],
        site_unit=later,
        ticket_no=world.sitting.ticket_no,
    )
    at.now = later.starts_at
    machine.log_in(world.sitting)
    assert ClientSession.objects.get().sitting.site_unit_id == later.pk
    assert later.end > E


def test_the_same_login_again_is_the_same_answer(world, machine, new_id):
    same = {"id": new_id(), "sent_at": "2025-12-06T08:10:00+08:00"}
    first, again = machine.knock(world.sitting, **same), machine.knock(world.sitting, **same)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert ClientLogin.objects.count() == 1


def test_the_same_id_with_another_body_is_refused(world, machine, new_id):
    id = new_id()
    machine.knock(world.sitting, id=id)
    assert code(machine.knock(world.sitting, id=id, os="Windows 7")) == (409, "id_reused")


def test_a_refused_login_may_be_tried_again_with_its_id(world, machine, new_id):
    id = new_id()
    assert machine.knock(world.sitting, id=id, client_version="1.0.0").status_code == 403
    assert machine.knock(world.sitting, id=id).status_code == 201


@pytest.mark.parametrize(
    "broken",
    [{"id": "x"}, {"ticket_no": ""}, {"id_no_last4": "12"}, {"machine_id": "m" * 65}, {"sent_at": "soon"}],
)
def test_a_wrong_field_is_named(world, machine, broken):
    answer = machine.knock(world.sitting, **broken)
    assert code(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] == next(iter(broken))
