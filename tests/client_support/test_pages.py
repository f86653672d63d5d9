"""The pages: 考点信息管理 with 登记公网IP (D1), and 考试客户端 with its queue (D9)."""

import re

import pytest
from django.urls import reverse

from client_support.models import ClientLogin, PublicAddress
from client_support.services import addresses
from exam_ops.core.models import Sitting
from tests.client_support.conftest import HOME_IP, OTHER_SITE_IP, SITE_IP, Machine

LIST, BOARD = "/sites/", "/clients/"


def site_url(code: str = "A1") -> str:
    return f"/sites/{code}/"


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def register(page):
    """`register(user, network, …)` as a person does it on the page."""

    def sent(user, network: str, code: str = "A1", **other):
        return page(user).post(f"/sites/{code}/addresses/", {"network": network} | other, follow=True)

    return sent


# --- The list of sites ---


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("hq", {"A1", "A2", "B1"}),
        ("branch", {"A1", "A2"}),
        ("other_branch", {"B1"}),
        ("site_admin", {"A1"}),
        ("stranger", {"B1"}),
        ("proctor", {"A1"}),
        ("centre_officer", {"A1"}),
    ],
)
def test_everybody_sees_the_own_sites(world, page, who, codes):
    html = page(getattr(world.cast, who)).get(LIST).content.decode()
    assert set(re.findall(r'href="/sites/(\w+)/"', html)) == codes


def test_the_list_is_narrowed(world, page, machine):
    hq = page(world.cast.hq)
    assert "城西考点" not in text(hq.get(LIST, {"q": "城东"}))
    assert "云岭考点" not in text(hq.get(LIST, {"branch": "A"}))
    without = text(hq.get(LIST, {"status": "no_address"}))
    assert "城西考点" in without
    assert "城东考点" not in without
    assert "没有符合条件的考点" in text(hq.get(LIST, {"q": "没有这里"}))


def test_nobody_signed_in_is_led_to_the_login(world, page):
    assert page().get(LIST).url.startswith(reverse("login"))


# --- 登记公网IP ---


def test_the_administrator_registers_and_removes(world, page, register):
    answer = register(world.cast.site_admin, "36.110.8.20")
    assert "已登记 36.110.8.20，" in text(answer)
    row = PublicAddress.objects.get()
    assert row.registered_by == world.cast.site_admin
    page(world.cast.site_admin).post(f"/sites/A1/addresses/{row.pk}/removal/")
    row.refresh_from_db()
    assert row.removed_at is not None


@pytest.mark.parametrize(
    "network",
    [
        "10.0.0.1",
        "192.168.1.0/24",
        "127.0.0.1",
        "100.64.1.1",
        "0.0.0.0/0",
        "36.110.0.0/16",
        "::1",
        "fe80::1",
        "x",
    ],
)
def test_what_is_no_line_of_the_site_is_refused_beside_the_field(world, register, network):
    answer = register(world.cast.site_admin, network, carrier="示例电信")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_network_error"' in html
    assert f'value="{network}"' in html
    assert 'value="示例电信"' in html
    assert not PublicAddress.objects.exists()


def test_twice_the_same_is_told(world, register):
    register(world.cast.site_admin, SITE_IP)
    assert "已在本考点登记" in text(register(world.cast.site_admin, f"{SITE_IP}/32"))
    assert PublicAddress.objects.count() == 1


def test_an_end_before_the_beginning_is_told(world, register):
    answer = register(
        world.cast.site_admin, SITE_IP, valid_from="2025-12-06T10:00", valid_until="2025-12-06T10:00"
    )
    assert 'id="id_valid_until_error"' in answer.content.decode()


def test_an_overlap_is_taken_and_shown_to_both(world, page, register, machine):
    answer = register(world.cast.site_admin, OTHER_SITE_IP)
    assert "云岭考点" in text(answer)
    assert PublicAddress.objects.filter(site=world.site, network=f"{OTHER_SITE_IP}/32").exists()
    assert "城东考点" in text(page(world.cast.stranger).get(site_url("B1")))


@pytest.mark.parametrize(
    ("who", "status"),
    [("chief", 403), ("hq", 403), ("branch", 403), ("stranger", 403), ("sibling_admin", 404)],
)
def test_nobody_else_registers(world, register, who, status):
    answer = register(getattr(world.cast, who), SITE_IP)
    assert answer.status_code == status
    assert not PublicAddress.objects.exists()


def test_another_site_s_administrator_removes_nothing(world, page, machine):
    row = PublicAddress.objects.get(site=world.site)
    answer = page(world.cast.sibling_admin).post(f"/sites/A2/addresses/{row.pk}/removal/")
    assert answer.status_code == 404
    row.refresh_from_db()
    assert row.removed_at is None


def test_another_branch_s_site_does_not_exist(world, page):
    assert page(world.cast.site_admin).get(site_url("B1")).status_code == 404


def test_the_page_shows_the_address_that_the_server_sees(world, page):
    answer = page(world.cast.site_admin).get(site_url(), REMOTE_ADDR=HOME_IP)
    assert f"{HOME_IP} 未登记" in text(answer)


def test_in_a_drill_alone_a_loopback_is_taken_and_counts_for_the_drill_alone(drill_world, page):
    page(drill_world.cast.site_admin).post("/sites/A1/addresses/", {"network": "127.0.0.1"})
    assert PublicAddress.objects.get().drill_only


# --- Offers from refused logins ---


def _refuse(world, at, ip: str, machines: int) -> None:
    for number, sitting in enumerate(world.sittings["A1/301"][:machines]):
        Machine(at, machine_id=f"PC-{number}", ip=ip).knock(sitting)


def offer_of(page, user, ip: str) -> bool:
    return f'name="network" value="{ip}"' in page(user).get(site_url()).content.decode()


@pytest.mark.parametrize(("machines", "offered"), [(2, False), (3, True)])
def test_three_machines_make_an_offer(world, page, machine, at, machines, offered):
    _refuse(world, at, HOME_IP, machines)
    assert offer_of(page, world.cast.site_admin, HOME_IP) == offered
    assert HOME_IP in text(page(world.cast.site_admin).get(site_url()))


def test_a_shared_carrier_address_is_never_offered(world, page, machine, at):
    _refuse(world, at, "100.64.3.4", 4)
    assert not offer_of(page, world.cast.site_admin, "100.64.3.4")
    assert "运营商共享地址" in text(page(world.cast.site_admin).get(site_url()))


@pytest.mark.parametrize(("later", "offered"), [("T-601s", True), ("T-10m", False)])
def test_an_offer_ends_after_ten_minutes(world, page, machine, at, later, offered):
    _refuse(world, at, HOME_IP, 3)
    at(later)
    assert offer_of(page, world.cast.site_admin, HOME_IP) == offered


def test_one_click_registers_and_the_offer_goes(world, page, register, machine, at):
    _refuse(world, at, HOME_IP, 3)
    register(world.cast.site_admin, HOME_IP)
    assert not offer_of(page, world.cast.site_admin, HOME_IP)
    assert Machine(at, ip=HOME_IP).knock(world.sitting).status_code == 201


def test_the_chief_sees_the_offer_without_the_button(world, page, machine, at):
    _refuse(world, at, HOME_IP, 3)
    assert not offer_of(page, world.cast.chief, HOME_IP)


# --- 考试客户端 ---


@pytest.fixture
def waiting(world, machine, other_machine) -> Machine:
    machine.log_in(world.sitting)
    return other_machine.log_in(world.sitting)


def board(page, user, **query):
    return page(user).get(BOARD, {"plan": "P1", "unit": "U1"} | query)


def test_the_board_shows_rooms_and_the_queue(world, page, waiting):
    said = text(board(page, world.cast.chief))
    assert "301考场" in said
    assert "PC-301-01 → PC-301-02" in said
    assert "授权登录" in said


def test_hq_sees_sites_first_and_trouble_on_top(world, page, waiting):
    html = board(page, world.cast.hq).content.decode()
    assert html.index("城东考点") < html.index("城西考点")
    assert "301考场" in text(board(page, world.cast.hq, site="A1"))


def test_a_proctor_sees_the_own_room_and_decides_nothing(world, page, waiting):
    said = text(board(page, world.cast.proctor))
    assert "301考场" in said
    assert "302考场" not in said
    assert "由主考或考点管理员授权" in said


def test_counts_are_filters(world, page, waiting):
    said = text(board(page, world.cast.chief, show="waiting"))
    assert "T101" in said
    assert "T102" not in said


@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 404), ("sibling_chief", 404), ("chief", 200), ("inspector", 200)]
)
def test_another_site_s_board_does_not_exist(world, page, waiting, who, status):
    assert board(page, getattr(world.cast, who), site="A1").status_code == status


def test_the_board_is_drawn_again_only_when_something_changed(world, page, waiting):
    browser = page(world.cast.chief)
    poll = {"HTTP_HX_REQUEST": "true"}
    first = browser.get(BOARD, {"plan": "P1", "unit": "U1"}, **poll)
    again = browser.get(BOARD, {"plan": "P1", "unit": "U1"}, **poll, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (first.status_code, again.status_code) == (200, 304)
    Machine(waiting.hands, machine_id="PC-9").log_in(world.sittings["A1/301"][1])
    assert (
        browser.get(BOARD, {"plan": "P1", "unit": "U1"}, **poll, HTTP_IF_NONE_MATCH=first["ETag"]).status_code
        == 200
    )


def authorise(page, world, user, *logins, outcome="authorised", reason="更换机器"):
    url = reverse("login-authorise", args=[world.site_unit.pk])
    return page(user).post(url, {"logins": logins, "outcome": outcome, "reason": reason}, follow=True)


def test_one_touch_authorises(world, page, waiting):
    assert "已授权 1 人" in text(authorise(page, world, world.cast.chief, waiting.login))
    assert waiting.state().json()["status"] == "admitted"


def test_a_refusal_needs_its_reason(world, page, waiting):
    assert "须写明原因" in text(
        authorise(page, world, world.cast.chief, waiting.login, outcome="denied", reason=" ")
    )
    assert ClientLogin.objects.get(pk=waiting.login).status == "waiting_authorisation"
    authorise(page, world, world.cast.chief, waiting.login, outcome="denied", reason="身份未核实")
    assert waiting.state().json()["status"] == "denied"


def test_what_was_decided_already_is_told_with_who_decided(world, page, waiting):
    authorise(page, world, world.cast.chief, waiting.login)
    assert "已有人决定（chief）" in text(authorise(page, world, world.cast.site_admin, waiting.login))


def test_nothing_chosen_is_told(world, page, waiting):
    assert "没有选择登录申请" in text(authorise(page, world, world.cast.chief))


@pytest.mark.parametrize(
    ("who", "status"), [("proctor", 403), ("hq", 403), ("stranger", 404), ("inspector", 403)]
)
def test_nobody_else_authorises_on_the_page(world, page, waiting, who, status):
    assert authorise(page, world, getattr(world.cast, who), waiting.login).status_code == status


def test_refused_logins_stand_with_their_reason(world, page, machine):
    machine.ip = HOME_IP
    machine.knock(world.sitting)
    said = text(board(page, world.cast.chief, show="refused"))
    assert "公网IP未登记" in said
    assert HOME_IP in said


def test_a_candidate_without_a_room_is_not_lost(world, page, machine):
    Sitting.objects.filter(pk=world.sitting.pk).update(room_session=None, seat_no="")
    machine.log_in(world.sitting)
    assert "未编考场" in text(board(page, world.cast.chief))


def test_without_a_plan_the_page_says_what_comes(db, at, page):
    from tests.world import member

    user = member("lonely", "hq")
    assert "还没有考试计划" in text(page(user).get(BOARD))
    assert "还没有考点" in text(page(user).get(LIST))


def test_addresses_of_a_drill_let_nobody_into_a_real_exam(world, at, machine):
    PublicAddress.objects.update(drill_only=True)
    assert machine.knock(world.sitting).status_code == 403
    assert addresses.remove(PublicAddress.objects.first(), actor=None, now=at.now)
