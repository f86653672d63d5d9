"""What the tests of proctor changes share: somebody who could come, and the two calls of the contract."""

import uuid

import pytest

from exam_ops.core.models import RosterRow
from tests import world as worlds

CHANGES = "/api/v1/proctor-changes/"


@pytest.fixture
def spare(world):
    """A certified proctor of the own site who stands nowhere."""
    return worlds.proctor("spare", world.site)


@pytest.fixture
def ask(world, api, spare):
    """`ask(user)` asks to put the spare proctor in the place of `proctor` in room 301."""

    def call(user, *, room=None, outgoing="proctor", incoming=spare, id=None, reason="生病", **more):
        gone = getattr(world.cast, outgoing) if isinstance(outgoing, str) else outgoing
        body = {
            "id": id or str(uuid.uuid4()),
            "room_session": (room or world.room).pk,
            "outgoing": gone.pk if gone else None,
            "incoming": incoming.pk,
            "reason": reason,
        }
        return api(user, phone=False).post(CHANGES, body | more)

    return call


@pytest.fixture
def decide(api):
    """`decide(user, answer)` approves what was asked."""

    def call(user, asked, outcome="approved", note=""):
        body = {"outcome": outcome, "note": note}
        return api(user, phone=False).post(f"{CHANGES}{asked.json()['id']}/decision/", body)

    return call


@pytest.fixture
def standing():
    """`standing(room)` names who stands there, by place."""

    def names(room):
        rows = RosterRow.objects.filter(room_session=room).order_by("position")
        return dict(rows.values_list("position", "proctor__username"))

    return names


def told(answer):
    """Status and code of an answer."""
    return answer.status_code, answer.json().get("code", answer.json().get("status", ""))
