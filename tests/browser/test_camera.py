"""The evidence camera at 390 px: take, tap two candidates, send; without a network nothing is lost or sent twice."""

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from exam_ops.core import clock, files
from exam_ops.rules.strip import Found
from incidents.models import Evidence, EvidenceDuty
from incidents.services import duties, strip

HELD = """async (path) => {
  for (let tries = 0; tries < 200; tries += 1) {
    if (navigator.serviceWorker.controller && await caches.match(new URL(path, location.href).href)) return;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  throw new Error(`not kept: ${path}`);
}"""

MARKS_KEPT = """async () => {
  const read = () => new Promise((resolve) => {
    const asked = indexedDB.open("portal-phone", 1);
    asked.onsuccess = () => {
      const all = asked.result.transaction("entries").objectStore("entries").getAll();
      all.onsuccess = () => { asked.result.close(); resolve(all.result); };
    };
  });
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await read()).some((entry) => entry.state === "draft" && entry.marks?.length)) return;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  throw new Error("the marks were not kept");
}"""


@pytest.fixture
def two_owe(morning, jump):
    """Two candidates of room 301 were let in by the chief; it is T+31."""
    people = morning.sittings["A1/301"][:2]
    duties.open_for(people, cause="C3", room_session=morning.room, incident=None, actor=None, now=clock.now())
    jump("T+31m")
    return people


def photograph(page: Page) -> None:
    page.get_by_role("button", name="打开相机", exact=True).tap()
    expect(page.locator("[data-video]")).to_be_visible()
    page.get_by_role("button", name="拍照", exact=True).tap()
    expect(page.locator("[data-preview]")).to_be_visible()


def mark(page: Page, name: str, x: float, y: float) -> None:
    """Taps the picture at a share of it and says who sits there."""
    box = page.locator("[data-preview]").bounding_box()
    page.locator("[data-preview]").tap(position={"x": box["width"] * x, "y": box["height"] * y})
    page.locator("[data-mark-pick]").get_by_role("button", name=name).tap()


def send(page: Page) -> None:
    page.get_by_role("button", name="人脸未通过").tap()
    page.get_by_role("button", name="提交应急材料").tap()


def narrow(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_proctor_takes_the_room_taps_two_candidates_and_sends(visit, morning, two_owe, accessible, shot):
    page = visit(morning.cast.proctor, phone=True)
    page.goto("/m/")
    page.wait_for_url("**/m/room/*/")
    page.get_by_role("link", name="应急材料", exact=True).tap()
    expect(page.locator(".duties li")).to_have_count(2)
    assert narrow(page)
    accessible(page)
    shot(page, "m-camera")
    photograph(page)
    mark(page, "考生101", 0.25, 0.3)
    mark(page, "考生102", 0.3, 0.4)
    page.get_by_role("button", name="撤销标记").tap()
    mark(page, "考生102", 0.7, 0.5)
    expect(page.locator("[data-unmarked]")).to_have_text("应急考生已全部标记")
    assert narrow(page)
    accessible(page)
    shot(page, "m-camera-marked")
    page.emulate_media(color_scheme="dark")
    shot(page, "m-camera-marked-dark")
    send(page)
    expect(page.locator("#camera-live")).to_contain_text("第 1 版")
    expect(page.locator("[data-outbox]")).to_be_hidden()
    shot(page, "m-camera-sent")
    made = Evidence.objects.get()
    assert strip.judge(made).found is Found.VALID
    assert (made.on_time, made.owed, made.skew_ms) == (True, True, None)
    assert {d.status for d in EvidenceDuty.objects.all()} == {"met"}
    places = {m.sitting_id: (round(m.x, 1), round(m.y, 1)) for m in made.marks.all()}
    assert places == {two_owe[0].pk: (0.2, 0.3), two_owe[1].pk: (0.7, 0.5)}
    width, height = Image.open(io.BytesIO(files.open(made.sha256).read())).size
    assert height > width * 9 / 16 * 0.9  # the strip stands below the frame


def test_what_is_taken_without_a_network_outlives_a_reload_and_is_sent_once(visit, morning, two_owe, shot):
    page = visit(morning.cast.proctor, phone=True)
    page.goto("/m/room/")
    page.evaluate(HELD, "camera/")
    page.context.set_offline(True)
    page.get_by_role("link", name="应急材料", exact=True).tap()
    page.wait_for_url("**/camera/")
    photograph(page)
    mark(page, "考生101", 0.4, 0.4)
    page.evaluate(MARKS_KEPT)
    page.reload()
    expect(page.locator("[data-preview]")).to_be_visible()
    expect(page.locator("[data-rings] .ring")).to_have_count(1)
    send(page)
    outbox = page.locator("[data-outbox]")
    expect(outbox).to_contain_text("应急材料 · 城东考点 301考场")
    page.reload()
    expect(outbox).to_contain_text("等待发送")
    shot(page, "m-camera-waiting")
    assert not Evidence.objects.exists()
    page.context.set_offline(False)
    expect(page.locator("#camera-live")).to_contain_text("第 1 版")
    expect(outbox).to_be_hidden()
    made = Evidence.objects.get()
    assert strip.judge(made).found is Found.VALID
    assert [m.sitting_id for m in made.marks.all()] == [two_owe[0].pk]
