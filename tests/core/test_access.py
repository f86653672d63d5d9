"""The one door: who sees what, and why not."""

import pytest

from exam_ops.core import access
from exam_ops.core.access import actor_for
from exam_ops.core.errors import NotAllowed, NotFound, OutOfScope
from exam_ops.core.models import Delegation, RoomSession, SiteUnit, User


@pytest.fixture
def actor(world, at):
    return lambda name: actor_for(getattr(world.cast, name), now=at.now)


@pytest.mark.parametrize(
    ("who", "sites"),
    [
        ("hq", {"A1", "A2", "B1"}),
        ("support", {"A1", "A2", "B1"}),
        ("branch", {"A1", "A2"}),
        ("chief", {"A1"}),
        ("proctor", {"A1"}),
        ("centre_officer", {"A1"}),
        ("stranger", {"B1"}),
        ("nobody", set()),
    ],
)
def test_scope(actor, who, sites):
    rows = access.visible(actor(who), SiteUnit).values_list("site__code", flat=True)
    assert set(rows) == sites


def test_outside_the_scope_nothing_exists(actor, world):
    with pytest.raises(NotFound):
        access.get(actor("chief"), RoomSession, "entry.decide", pk=world.rooms["B1/201"].pk)


def test_inside_but_not_the_roles(actor, world):
    with pytest.raises(NotAllowed):
        access.get(actor("site_admin"), RoomSession, "entry.decide", pk=world.room.pk)


@pytest.mark.parametrize(("room", "missing"), [("A1/302", "room")])
def test_inside_but_not_the_duty(actor, world, room, missing):
    with pytest.raises(OutOfScope) as refused:
        access.get(actor("proctor"), RoomSession, "entry.request", pk=world.rooms[room].pk)
    assert refused.value.extra == {"missing": missing}


def test_a_branch_sees_its_officers_and_its_sites_people(actor, world):
    seen = set(access.visible(actor("branch"), User).values_list("username", flat=True))
    assert {"branch_duty", "chief", "sibling_chief"} <= seen
    assert not seen & {"other_branch", "stranger", "hq"}


def test_a_deputy_is_a_chief_while_the_delegation_lasts(world, at):
    deputy = world.cast.second
    Delegation.objects.create(
        site=world.site,
        deputy=deputy,
        granted_by=world.cast.chief,
        granted_at=at.now,
        valid_from=at.now,
        valid_until=at("T"),
        reason="主考在途",
    )
    assert "chief" not in actor_for(deputy, now=at("T")).roles
    assert "chief" in actor_for(deputy, now=at("T-1s")).roles
