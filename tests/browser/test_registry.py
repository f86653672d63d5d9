"""实名认证核对 by keyboard: three proctors without the mouse (B2)."""

from datetime import timedelta

from playwright.sync_api import expect

from exam_ops.core import clock, files, photo_views
from exam_ops.core.access import actor_for
from exam_ops.core.models import ProctorProfile
from exam_ops.rules.certification import Fact
from exam_ops.sim import camera
from proctors.services import registry
from proctors.services.registry_photos import Kept
from tests.browser.test_post_exam import settled
from tests.proctors import people


def test_three_proctors_without_the_mouse(visit, morning, shot, accessible, monkeypatch):
    # two pictures at once would write at once: one database in memory
    monkeypatch.setattr(photo_views, "record", lambda *look, **more: None)
    now = clock.now() - timedelta(minutes=1)
    actor = actor_for(morning.cast.site_admin, now=now)
    for seq in (1, 2, 3):
        face, card = (Kept(files.save(camera.face(seed, 240))) for seed in (seq, seq + 40))
        pictures = {Fact.PHOTO: face, Fact.DOCUMENT_PHOTO: card}
        registry.add(people.entry(seq, pictures=pictures), actor=actor, now=now)
    page = visit(morning.cast.branch)
    page.goto("/registry/")
    shot(page, "registry-1440")
    page.get_by_role("link", name="开始核对").press("Enter")
    name = page.locator("#pair-name")
    expect(name).to_have_text("教师1")
    accessible(page)
    shot(page, "registry-compare-1440")
    page.keyboard.press("1")  # all three agree
    expect(name).to_have_text("教师2")
    page.keyboard.press("3")  # the name differs: asks for words first
    expect(page.locator("#pair-note")).to_be_focused()
    page.keyboard.type("证件上少一字")
    page.keyboard.press("Enter")
    expect(name).to_have_text("教师3")
    settled(page)
    page.keyboard.press("5")  # the photo can't be used
    expect(page.get_by_role("heading", name="已全部核对")).to_be_visible()
    rows = ProctorProfile.objects.filter(user__username__startswith="t000").order_by("user__username")
    found = list(rows.values_list("status", "needs"))
    assert found == [("certified", []), ("refused", []), ("recheck", ["clear_photo"])]
    page.goto(f"/registry/{rows[1].pk}/")
    shot(page, "registry-proctor-1440")
    settled(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/registry/")
    shot(page, "registry-390")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
