"""The branch's queue of proctor changes by keyboard alone."""

import uuid

from playwright.sync_api import expect

from exam_ops.core import clock
from exam_ops.core.access import actor_for
from proctors.models import ProctorChange
from proctors.services import asking
from proctors.services.asking import Piece
from tests import world as worlds


def ask(world) -> None:
    """The chief's two emergencies, one request each."""
    actor = actor_for(world.cast.chief, now=clock.now())
    for room, outgoing, name in (("A1/301", world.cast.proctor.pk, "spare"), ("A1/302", None, "other")):
        incoming = worlds.proctor(name, world.site)
        piece = Piece(uuid.uuid4(), world.rooms[room].pk, outgoing, incoming.pk)
        asking.ask([piece], reason="生病", batch=uuid.uuid4(), actor=actor, clock=clock.now)


def test_an_officer_approves_one_and_rejects_one_by_keyboard(visit, morning):
    world = morning
    ask(world)
    page = visit(world.cast.branch_duty)
    page.goto("/proctor-changes/")
    page.keyboard.press("j")
    expect(page.locator("[data-queue-item]:focus")).to_have_count(1)
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("已批准 1 项变更。")
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.keyboard.type("请换一位")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("未批准 1 项变更。")
    assert set(ProctorChange.objects.values_list("status", flat=True)) == {"approved", "rejected"}
