"""A blocked room from report to decision: the administrator asks on a phone's width, the chief decides at the desk."""

from playwright.sync_api import expect

from exam_ops.core import clock
from exam_ops.core.models import RoomSession, Sitting
from tests.journeys.voices import report
from tests.verification.helpers import check, send, status_of


def held_over(world) -> Sitting:
    """The first candidate's clashing paper, in the next unit."""
    room = RoomSession.objects.get(site_unit__unit=world.later_unit, room=world.room.room)
    return Sitting.objects.create(
        candidate=world.sitting.candidate,
        paper=world.papers[1],
        site_unit=room.site_unit,
        room_session=room,
        seat_no="01",
        ticket_no=world.sitting.ticket_no,
        held_over=True,
    )


def sound(page, accessible, shot, name: str) -> None:
    """The page is accessible and fits its width."""
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    shot(page, name)


def test_a_blocked_room_is_asked_for_and_decided(visit, morning, api, accessible, shot):
    cast, people = morning.cast, morning.sittings["A1/301"]
    send(api(cast.second), check(people[0], clock_time(morning)))
    report(api(cast.proctor), "IDV-03", room=morning.room, note="两台手机都不行")

    site = visit(cast.site_admin, phone=True)
    site.goto(f"/sign-ins/rooms/{morning.room.pk}/")
    site.get_by_role("link", name="为全考场提交审批").click()
    site.get_by_label("所选考生的证件均已人工核对").check()
    sound(site, accessible, shot, "room-requests-390")
    site.get_by_role("button", name="提交主考审批").click()
    expect(site.get_by_text("已提交 5 名")).to_be_visible()

    chief = visit(cast.chief)
    chief.goto("/incidents/")
    chief.get_by_role("link", name="两位监考教师均无法登录 App").first.click()
    expect(chief.get_by_role("heading", name="排查：账号、手机、版本")).to_be_visible()
    sound(chief, accessible, shot, "incident-1440")
    chief.get_by_role("link", name="考场统一决定").click()
    sound(chief, accessible, shot, "room-decision-1440")
    chief.get_by_role("button", name="批准所选考生入场").click()
    expect(chief.get_by_text("请核对后勾选").first).to_be_visible()
    chief.get_by_label("所选考生的证件均已人工核对").check()
    chief.get_by_role("button", name="批准所选考生入场").click()
    expect(chief.get_by_text("已批准 5 名")).to_be_visible()
    assert {status_of(person) for person in people[1:]} == {"approved"}

    chief.goto("/delegations/")
    chief.get_by_label("副主考").select_option(index=1)
    chief.get_by_label("原因").fill("主考巡视其他楼层")
    chief.get_by_role("button", name="授权", exact=True).click()
    expect(chief.get_by_text("授权中")).to_be_visible()
    sound(chief, accessible, shot, "delegations-1440")

    kept = held_over(morning)
    for width, page in (("1440", chief), ("390", site)):
        page.goto(f"/sign-ins/sites/{kept.site_unit_id}/held-over/")
        sound(page, accessible, shot, f"held-over-{width}")
        page.goto(f"/sign-ins/sites/{morning.site_unit.pk}/")
        expect(page.get_by_text("主考巡视其他楼层")).to_be_visible()
        sound(page, accessible, shot, f"board-{width}")
    site.goto("/delegations/")
    sound(site, accessible, shot, "delegations-390")
    site.goto(f"/sign-ins/sittings/{people[5].pk}/")
    sound(site, accessible, shot, "sitting-390")


def clock_time(world) -> str:
    """Now on the drill's clock, as seconds before the start."""
    ahead = world.plan.plan_time(clock.now()) - world.site_unit.start
    return f"T-{-int(ahead.total_seconds())}s"
