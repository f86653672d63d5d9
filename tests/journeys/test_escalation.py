"""Going up (A1, A2, A3): card at once, T−5 to the second, inboxes, acknowledgement, silence."""

import pytest

from incidents.tasks import look_for_mass_failure
from tests.journeys.voices import code, page_of, report, text
from tests.verification.helpers import ask, check, send


@pytest.fixture
def admin(phone, cast):
    return phone(cast.site_admin)


@pytest.fixture
def net(admin, world):
    """The site's line is down, as its administrator reports it."""
    return report(admin, "NET", site="A1", unit="U1", plan="P1", note="全考点断网").json()


def level(http, incident) -> str:
    rows = http.get("/api/v1/incidents/").json()["results"]
    return next((row["level"] for row in rows if row["id"] == incident["id"]), "not seen")


def mass_of(browser) -> str:
    """The address of the incident that is marked 大批量."""
    html = browser.get("/incidents/").content.decode()
    return "/incidents/" + html[: html.index("大批量")].rsplit('id="incident-', 1)[1].split('"')[0] + "/"


def declare(browser, url: str):
    return browser.post(f"{url}declare/", {"declare-note": "影响全部考场"})


def test_a_card_is_there_at_once_and_its_steps_are_ticked_with_who_and_when(page, cast, net):
    assert net["action_card"][0]["text"]
    chief = page(cast.chief)
    url = page_of(chief, net)
    chief.post(f"{url}tick/", {"step": net["action_card"][0]["key"]})
    assert "已完成 · chief · 08:10:00" in text(page(cast.site_admin).get(url))


def test_a_declared_major_goes_up_at_t5_to_the_second(admin, page, cast, net, at, deliver):
    url = page_of(page(cast.site_admin), net)
    declare(page(cast.site_admin), url)
    page(cast.chief).post(f"{url}acknowledge/", {"acknowledge-note": ""})  # else silence takes it up
    at("T-601s"), at.fire(), deliver()
    assert net["number"] not in text(page(cast.branch_duty).get("/inbox/"))
    at("T-301s"), at.fire(), deliver()  # grade Ⅲ: the branch knows of it within ten minutes
    assert level(admin, net) == "site"
    assert "通报：考点网络故障" in text(page(cast.branch_duty).get("/inbox/"))
    assert "考前 5 分钟仍未解决" not in text(page(cast.branch_duty).get("/inbox/"))
    at("T-5m"), at.fire(), deliver()
    assert level(admin, net) == "branch"
    assert "考前 5 分钟仍未解决" in text(page(cast.branch_duty).get("/inbox/"))
    assert net["number"] not in text(page(cast.other_branch).get("/inbox/"))


def test_declared_after_t5_it_goes_up_at_once(admin, page, cast, net, at):
    at("T-4m")
    declare(page(cast.site_admin), page_of(page(cast.site_admin), net))
    assert level(admin, net) == "branch"


def test_the_branch_acknowledges_on_the_page_and_keeps_it(admin, page, cast, net, at):
    declare(page(cast.site_admin), page_of(page(cast.site_admin), net))
    at("T-5m"), at.fire()
    branch = page(cast.branch_duty)
    url = page_of(branch, net)
    assert branch.post(f"{url}acknowledge/", {"acknowledge-note": "已联系运营商"}).status_code == 302
    assert "branch_duty 于 08:25:00 确认处理" in text(branch.get(url))
    at("T+5m"), at.fire()
    assert level(admin, net) == "branch"
    second = page(cast.branch).post(f"{url}acknowledge/", {"acknowledge-note": ""})
    assert (second.status_code, "branch_duty 已确认处理" in text(second)) == (409, True)


def test_silence_takes_it_to_headquarters(admin, page, cast, net, at, deliver):
    declare(page(cast.site_admin), page_of(page(cast.site_admin), net))
    at("T-5m"), at.fire()
    at("T-181s"), at.fire()
    assert level(admin, net) == "branch"
    at("T-3m"), at.fire(), deliver()  # grade Ⅲ: two minutes to acknowledge
    assert level(admin, net) == "hq"
    assert net["number"] in text(page(cast.hq).get("/inbox/"))


def test_by_hand_with_the_short_form(page, cast, net, admin):
    url = page_of(page(cast.site_admin), net)
    said = {
        "place": "城东考点",
        "what": "断网",
        "how_many": 12,
        "done": "重启路由器",
        "help": "请求运营商支援",
    }
    page(cast.site_admin).post(f"{url}escalate/", {f"escalate-{name}": value for name, value in said.items()})
    assert level(admin, net) == "branch"
    assert "需要的支援：请求运营商支援" in text(page(cast.branch).get(url))


def test_a_solved_one_stays_and_says_cause_and_effect(page, cast, net, admin, at):
    declare(page(cast.site_admin), page_of(page(cast.site_admin), net))
    url = page_of(page(cast.chief), net)
    done = {"resolve-cause": "交换机断电", "resolve-effect": "无影响"}
    refused = page(cast.chief).post(f"{url}resolve/", done)
    assert (refused.status_code, "Ⅲ级事件由分部或总部办结" in text(refused)) == (403, True)
    assert page(cast.branch).post(f"{url}resolve/", done).status_code == 302
    at("T-5m"), at.fire()
    assert "交换机断电" in text(page(cast.site_admin).get(url))
    assert "没有上报到分部的事件" in text(page(cast.branch).get("/incidents/"))


def test_a_single_candidate_stays_with_the_chief(phone, page, cast, world, at, deliver):
    ask(phone(cast.proctor), world.sitting)
    at("T-5m"), at.fire(), deliver()
    assert "没有上报到分部的事件" in text(page(cast.branch).get("/incidents/"))


def test_mass_failure_is_found_from_failed_checks(phone, page, cast, world, at, deliver):
    send(phone(cast.proctor), *(check(s, outcome="failed") for s in world.sittings["A1/301"]))
    look_for_mass_failure()
    seen = text(page(cast.branch).get("/incidents/", {"plan": "P1"}))
    assert "大批量" in seen
    deliver()
    assert "1 条未读消息" in page(cast.chief).get("/inbox/badge/").content.decode()
    assert "人受阻" in text(page(cast.branch).get(mass_of(page(cast.branch))))


def test_absence_alone_is_no_failure(phone, page, cast, world, at):
    for who, room in ((cast.proctor, "A1/301"), (cast.next_room, "A1/302")):
        send(phone(who), *(check(s) for s in world.sittings[room][:4]))  # a third stays away
    for moment in ("T-15m", "T-10m", "T-5m", "T+10m"):
        at(moment), at.fire(), look_for_mass_failure()
    assert "大批量" not in text(page(cast.hq).get("/incidents/"))


def test_two_tell_of_the_same_and_it_is_one_incident(phone, page, cast, world):
    first = report(phone(cast.proctor), "IDV-05", room=world.room).json()
    again = report(phone(cast.second), "IDV-05", room=world.room, note="我的也没有反馈").json()
    assert again["number"] == first["number"]
    assert "我的也没有反馈" in text(page(cast.chief).get(page_of(page(cast.chief), first)))


@pytest.mark.parametrize("who", ["stranger", "other_branch", "sibling_chief"])
def test_elsewhere_it_does_not_exist(phone, page, cast, net, who):
    someone = phone(getattr(cast, who))
    assert code(someone.post(f"/api/v1/incidents/{net['id']}/acknowledgement/", {"note": ""})) == (
        404,
        "not_found",
    )
    assert net["number"] not in text(page(getattr(cast, who)).get("/incidents/"))
