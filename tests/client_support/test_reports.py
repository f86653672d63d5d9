"""What machines say of themselves, before the exam (B6) and during it (D2)."""

import pytest

from client_support.models import ClientEvent, ClientSession, MachineReport
from client_support.services import addresses
from tests.client_support.conftest import HOME_IP, SITE_IP, code
from tests.conftest import moment

URL = "/api/v1/client/reports/"


@pytest.fixture
def report(machine, new_id):
    def sent(ip: str = SITE_IP, **other):
        body = {
            "id": new_id(),
            "machine_id": "PC-301-01",
            "client_version": "1.2.2-0",
            "os": "Windows 10 64-bit",
            "memory_mb": 8192,
            "disk_gb": 512,
            "opengl": "4.6.0",
            "directx": "12",
        }
        return machine.http.post(URL, body | other, REMOTE_ADDR=ip)

    return sent


def test_a_fit_machine_has_no_problems(world, report):
    answer = report()
    assert (answer.status_code, answer.json()["problems"]) == (201, [])
    assert MachineReport.objects.get().site == world.site


def test_a_weak_machine_is_warned_in_words(report):
    problems = report(memory_mb=2048, disk_gb=100, opengl="1.4").json()["problems"]
    assert [p["code"] for p in problems] == ["memory_too_small", "disk_too_small", "opengl_too_old"]
    assert "4 GB" in problems[0]["detail"]


def test_from_an_unregistered_address_nothing_is_taken(report):
    assert code(report(HOME_IP)) == (403, "outside_site_ip")
    assert not MachineReport.objects.exists()


def test_the_same_report_again_is_the_same_answer(report, new_id):
    id = new_id()
    first, again = report(id=id, memory_mb=1), report(id=id, memory_mb=1)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert code(report(id=id, memory_mb=2)) == (409, "id_reused")


def test_of_an_address_that_two_sites_share_no_site_is_guessed(world, report, at):
    addresses.register(world.foreign, SITE_IP, actor=None, now=at.now)
    report()
    assert MachineReport.objects.get().site is None


# --- While the paper is open ---


@pytest.fixture
def item(new_id):
    return lambda kind, at, note="": {
        "id": new_id(),
        "kind": kind,
        "at": moment(at).isoformat(),
        "note": note,
    }


def test_a_machine_s_state_follows_its_reports_in_any_order(world, machine, item):
    machine.log_in(world.sitting)
    machine.report(item("online", "T-5m"), item("paper_loaded", "T-15m"))
    machine.report(item("offline", "T-8m"), item("fault", "T-7m", "图片无法显示"))
    session = ClientSession.objects.get()
    assert (session.paper_loaded_at, session.offline_since, session.fault_note) == (
        moment("T-15m"),
        None,
        "图片无法显示",
    )
    machine.report(item("offline", "T-3m"))
    assert ClientSession.objects.get().offline_since == moment("T-3m")


def test_an_event_is_kept_once(world, machine, item):
    machine.log_in(world.sitting)
    one = item("offline", "T-8m")
    answer = machine.report(one, one, one | {"kind": "online"})
    assert [row["status"] for row in answer.json()["results"]] == ["created", "duplicate", "rejected"]
    assert machine.report(one).json()["results"][0]["status"] == "duplicate"
    assert ClientEvent.objects.count() == 1


def test_an_unknown_kind_is_named(world, machine, item):
    machine.log_in(world.sitting)
    assert code(machine.report(item("tea", "T-8m"))) == (422, "invalid")


def test_without_a_session_nothing_is_reported(world, machine, item):
    machine.log_in(world.sitting)
    machine.token = "wrong"
    assert code(machine.report(item("offline", "T-8m"))) == (401, "not_authenticated")
