"""A deputy for part of today: who may lend, to whom, for how long, and taken back at once (C3, reading 5)."""

import uuid
from datetime import timedelta

import pytest

from exam_ops.core import outbox
from exam_ops.core.models import Delegation, Event, Membership
from exam_ops.rules.permissions import Role
from incidents.models import Notification
from tests.journeys.voices import text
from tests.verification.helpers import ask, decide, problem
from tests.world import E, T


def lend(caller, deputy, site: str = "A1", **more):
    body = {"id": str(uuid.uuid4()), "site": site, "deputy": deputy.pk, "reason": "主考巡视"} | more
    return caller.post("/api/v1/delegations/", body, format="json")


def take_back(caller, pk: int):
    return caller.post(f"/api/v1/delegations/{pk}/revocation/", {})


def test_the_chief_lends_it_this_morning_and_the_deputy_decides_at_once(world, api, cast, at):
    request = ask(api(cast.proctor), world.sitting).json()["id"]
    assert problem(decide(api(cast.site_admin), request)) == (403, "not_allowed")
    told = lend(api(cast.chief), cast.site_admin)
    assert told.status_code == 201, told.content
    assert (told.json()["state"], told.json()["valid_until"]) == (
        "in_force",
        (E + timedelta(hours=2)).isoformat(),
    )
    assert decide(api(cast.site_admin), request).status_code == 201
    outbox.drain(now=at.now)
    assert Notification.objects.filter(user=cast.site_admin, event="delegation.granted").count() == 1
    assert Event.objects.get(kind="delegation.granted").data["name"] == "site_admin"


def test_it_is_taken_back_at_once(world, api, cast, at):
    request = ask(api(cast.proctor), world.sitting).json()["id"]
    pk = lend(api(cast.chief), cast.site_admin).json()["delegation"]
    deputy = api(cast.site_admin)
    assert take_back(api(cast.branch), pk).json()["state"] == "revoked"
    assert problem(decide(deputy, request)) == (403, "not_allowed")
    assert take_back(api(cast.branch), pk).status_code == 200
    assert problem(take_back(api(cast.chief), pk)) == (409, "delegation_over")


@pytest.mark.parametrize("who", ["chief", "branch"])
def test_chief_and_branch_lend(world, api, cast, who):
    assert lend(api(getattr(cast, who)), cast.second).status_code == 201


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("site_admin", (403, "not_allowed")),
        ("hq", (403, "not_allowed")),
        ("proctor", (403, "not_allowed")),
        ("sibling_chief", (404, "not_found")),
        ("other_branch", (404, "not_found")),
    ],
)
def test_nobody_else_lends(world, api, cast, who, expected):
    assert problem(lend(api(getattr(cast, who)), cast.second)) == expected


def test_a_deputy_can_t_lend_on_nor_take_back(world, api, cast):
    pk = lend(api(cast.chief), cast.site_admin).json()["delegation"]
    answer = lend(api(cast.site_admin), cast.second)
    assert problem(answer) == (403, "not_allowed")
    assert "不能再转授权" in answer.json()["detail"]
    assert problem(take_back(api(cast.site_admin), pk)) == (403, "not_allowed")


@pytest.mark.parametrize(
    ("deputy", "code"),
    [
        ("chief", "oneself"),
        ("inspector", "no_role_there"),
        ("sibling_admin", "no_role_there"),
        ("branch", "no_role_there"),
        ("candidate", "no_role_there"),
    ],
)
def test_only_to_somebody_who_works_at_the_site(world, api, cast, deputy, code):
    answer = lend(api(cast.chief), getattr(cast, deputy))
    assert problem(answer) == (422, "invalid")
    assert [e["code"] for e in answer.json()["errors"]] == [code]


MIDNIGHT = T.replace(hour=16, minute=0)  # 00:00 in Beijing


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        (None, MIDNIGHT, None),
        (None, MIDNIGHT + timedelta(seconds=1), "not_today"),
        (None, T - timedelta(minutes=20), "past"),
        (None, T - timedelta(minutes=20, seconds=-1), None),
        (E, E, "not_today"),
        (E, E + timedelta(seconds=1), None),
    ],
)
def test_it_lies_within_today(world, api, cast, since, until, code):
    answer = lend(
        api(cast.chief), cast.second, valid_from=since and since.isoformat(), valid_until=until.isoformat()
    )
    assert answer.status_code == (422 if code else 201)
    if code:
        assert [e["code"] for e in answer.json()["errors"]] == [code]


def test_on_a_day_without_units_nothing_is_lent(world, api, cast, at):
    at("T-1d")
    assert problem(lend(api(cast.chief), cast.second)) == (409, "no_unit_today")


def test_once_at_a_time_and_the_same_again_is_the_same(world, api, cast, at):
    same = str(uuid.uuid4())
    first = lend(api(cast.chief), cast.second, id=same)
    again = lend(api(cast.chief), cast.second, id=same)
    assert (again.status_code, again.json()) == (200, first.json())
    assert problem(lend(api(cast.branch), cast.second)) == (409, "already_deputy")
    later = lend(
        api(cast.chief), cast.second, valid_from=first.json()["valid_until"], valid_until=MIDNIGHT.isoformat()
    )
    assert later.status_code == 201


def test_the_page_lends_lists_and_takes_back(world, page, cast, at):
    chief = page(cast.chief)
    form = chief.get("/delegations/")
    assert "本考点的考点管理员或监考教师" in text(form)
    until = form.context["form"].fields["until"].choices[0][0]
    sent = {"site": "A1", "deputy": cast.site_admin.pk, "since": "now", "until": until, "reason": "巡视"}
    kept = chief.post("/delegations/", sent | {"deputy": ""})
    assert (kept.status_code, "巡视" in kept.content.decode()) == (422, True)
    assert "已授权 site_admin 为副主考" in text(chief.post("/delegations/", sent, follow=True))
    assert "chief 08:10 授权 · 巡视" in text(page(cast.inspector).get(f"/sites/{world.site.pk}/deputies/"))
    row = Delegation.objects.get()
    answer = chief.post(f"/delegations/{row.pk}/revocation/", follow=True)
    assert "已撤销 site_admin 的授权" in text(answer)
    assert "已撤销" in text(page(cast.branch).get("/delegations/"))


def test_two_chiefs_lend_and_a_chief_needs_none(world, api, cast):
    Membership.objects.create(user=cast.second, role=Role.CHIEF, site=world.site)
    answer = lend(api(cast.chief), cast.second)
    assert [e["code"] for e in answer.json()["errors"]] == ["no_role_there"]
