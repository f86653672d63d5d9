"""考后核验 by keyboard: five pairs without touching the mouse, and one by thumb at 390 px (C16)."""

import pytest
from playwright.sync_api import expect

from exam_ops.core import clock, files
from exam_ops.core.models import Candidate
from exam_ops.sim import camera
from tests.verification.scenes import sign_in
from verification.models import PostExamCheck, PostExamRun, SignIn
from verification.services import photo_copies, photo_worker


@pytest.fixture
def photographed(morning, jump):
    """The six of room 301 signed in with a photo, the first with somebody else's; then the unit ends."""
    people = morning.sittings["A1/301"]
    for n, sitting in enumerate(people):
        Candidate.objects.filter(pk=sitting.candidate_id).update(photo=files.save(camera.face(n)))
        row = sign_in(sitting, morning.cast.proctor, now=clock.now(), score=0.9)
        photo = files.save(camera.face(40 if n == 1 else n + 20))
        SignIn.objects.filter(pk=row.pk).update(photo=photo)
        row.refresh_from_db()
        photo_copies.ask_for_sign_in(row, photo, "image/jpeg", now=clock.now())
    photo_worker.run(clock.now)
    jump("E+1s")
    return people


def settled(page) -> None:
    """Every picture of the page has come: nothing asks the server any more."""
    page.evaluate(
        "Promise.all([...document.images].map((image) => image.complete ||"
        " new Promise((done) => { image.onload = image.onerror = done; })))"
    )


def test_five_pairs_without_the_mouse(photographed, visit, morning, shot, accessible):
    page = visit(morning.cast.chief)
    page.goto(f"/integrity/post-exam/{morning.site_unit.pk}/")
    page.get_by_role("link", name="开始核验").press("Enter")
    name = page.locator("#pair-name")
    first = name.inner_text()
    accessible(page)
    shot(page, "post-exam-pair-1440")

    page.keyboard.press("1")  # the same person
    expect(name).not_to_have_text(first)
    expect(page.locator("progress").first).to_have_attribute("value", "1")
    second = name.inner_text()
    page.keyboard.press("3")  # asks for words first
    expect(page.locator("#pair-note")).to_be_focused()
    page.keyboard.type("发型和脸型都不同")
    page.keyboard.press("Enter")
    expect(name).not_to_have_text(second)
    third = name.inner_text()
    page.keyboard.press("1")
    expect(name).not_to_have_text(third)
    page.keyboard.press("u")  # a slip: back to it
    expect(name).to_have_text(third)
    page.keyboard.press("2")
    page.keyboard.type("侧脸")
    page.keyboard.press("Enter")
    expect(name).not_to_have_text(third)
    fourth = name.inner_text()
    page.keyboard.press("j")  # later
    expect(name).not_to_have_text(fourth)
    page.keyboard.press("ArrowLeft")
    expect(name).to_have_text(fourth)
    for value in ("4", "5"):
        page.keyboard.press("1")
        expect(page.locator("progress").first).to_have_attribute("value", value)

    settled(page)
    run = PostExamRun.objects.get()
    assert (run.checked, run.findings) == (5, 2)
    results = PostExamCheck.objects.filter(withdrawn_at=None).values_list("result", flat=True)
    assert sorted(results) == ["differs", "doubt", "same", "same", "same"]
    page.goto(f"/integrity/post-exam/{morning.site_unit.pk}/")
    accessible(page)
    shot(page, "post-exam-site-1440")
    expect(page.get_by_role("link", name="继续核验")).to_be_visible()


def test_by_thumb(photographed, visit, morning, shot, accessible):
    page = visit(morning.cast.site_admin, phone=True)
    page.goto(f"/integrity/post-exam/{morning.site_unit.pk}/pair/")
    first = page.locator("#pair-name").inner_text()
    accessible(page)
    shot(page, "post-exam-pair-390")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    same = page.get_by_role("button", name="一致", exact=False).first
    box = same.bounding_box()
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= 844  # both photos and the verdict on one screen
    same.tap()
    expect(page.locator("#pair-name")).not_to_have_text(first)
    settled(page)
    assert PostExamRun.objects.get().checked == 1
