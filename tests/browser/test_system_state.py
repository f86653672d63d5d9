"""系统状态: what failed stands there with its error, and is tried again with one touch."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from exam_ops.core import clock
from exam_ops.core.models import DeadlineRecord, Event


@pytest.fixture
def failed(morning):
    """An escalation whose handler failed four times, to be tried again in ten minutes."""
    now = clock.now()
    return DeadlineRecord.objects.create(
        site_unit=morning.site_unit,
        deadline="escalation",
        generation=9,
        due_at=now - timedelta(minutes=3),
        outcome="failed",
        attempts=4,
        retry_at=now + timedelta(minutes=10),
        error="IntegrityError: duplicate key value violates unique constraint",
    )


@pytest.mark.parametrize("phone", [False, True])
def test_what_failed_is_tried_again_with_one_touch(visit, morning, failed, shot, accessible, phone):
    page = visit(morning.cast.support, phone=phone)
    page.goto("/system/state/")
    expect(page.locator("#system")).to_contain_text("逐级上报")
    shot(page, f"system-state-{'390' if phone else '1440'}")
    accessible(page)
    page.get_by_role("button", name="立即重试").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("已安排立即重试")
    assert Event.objects.get(kind="engine.retried").actor == morning.cast.support
    assert DeadlineRecord.objects.get(pk=failed.pk).retry_at <= clock.now()


def test_dark_and_in_english(visit, morning, failed, shot, accessible):
    page = visit(morning.cast.hq, language="en")
    page.emulate_media(color_scheme="dark")
    page.goto("/system/state/")
    expect(page.get_by_role("button")).not_to_have_count(0)
    accessible(page)
    shot(page, "system-state-dark")
