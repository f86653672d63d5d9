"""放行: a phone that the rules refuse is let in for one unit, and nothing else is waived (B3)."""

from datetime import datetime, timedelta

import pytest

from exam_ops.core.models import AccessToken, Event, Membership, ProctorProfile, SiteUnit
from exam_ops.rules.permissions import Role
from tests.conftest import moment
from tests.verification.helpers import DEVICE, problem
from verification.models import DeviceAdmission
from verification.services import admissions

RIGHT = "the right password"
WEAK = {"memory_mb": 2000, "device_id": "weak"}


@pytest.fixture
def proctor(cast):
    cast.proctor.set_password(RIGHT)
    cast.proctor.save()
    return cast.proctor


@pytest.fixture
def tried(api, proctor, at):
    """The weak phone has been refused once."""
    assert problem(login(api)) == (403, "device_unsupported")
    return proctor


def login(api, **facts):
    device = DEVICE | WEAK | facts
    return api().post("/api/v1/auth/tokens/", {"username": "proctor", "password": RIGHT, "device": device})


def admit(world, at, *, site_unit=None, reason="没有其他手机", by=None, device="weak"):
    return admissions.admit(
        world.cast.proctor,
        device,
        site_unit or world.site_unit,
        reason=reason,
        actor=by or world.cast.support,
        now=at.now,
    )


def test_an_admitted_phone_signs_in_until_the_unit_is_over(api, world, tried, at):
    row = admit(world, at)
    assert (row.phone, row.problems) == ("Android 13 · Example A1 · 2000 MB", ["memory_too_small"])
    assert Event.objects.get(kind="device.admitted").data["reason"] == "没有其他手机"
    answer = login(api)
    assert answer.status_code == 201
    assert datetime.fromisoformat(answer.json()["expires_at"]) == world.site_unit.ends_at + timedelta(hours=2)


@pytest.mark.parametrize(("when", "status"), [("E-1s", 201), ("E", 403), ("E+1s", 403)])
def test_it_ends_with_the_unit(api, world, tried, at, when, status):
    admit(world, at)
    at(when)
    assert login(api).status_code == status


def test_it_ends_where_the_unit_is_moved_to(api, world, tried, at):
    admit(world, at)
    SiteUnit.objects.filter(pk=world.site_unit.pk).update(ends_at=moment("E+1h"))
    at("E+30m")
    assert login(api).status_code == 201


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"app_version": "3.9.9"}, (426, "app_update_required")),
        ({"app_version": "4.0.0-beta"}, (403, "device_unsupported")),
        ({"platform": "windows"}, (403, "device_unsupported")),
        ({"device_id": "another"}, (403, "device_unsupported")),
    ],
)
def test_nothing_but_this_phone_is_waived(api, world, tried, at, facts, code):
    admit(world, at)
    assert problem(login(api, **facts)) == code


def test_the_certificate_is_asked_for_as_ever(api, world, tried, at):
    admit(world, at)
    ProctorProfile.objects.filter(user=tried).update(status="pending")
    assert problem(login(api)) == (403, "proctor_not_certified")


def test_somebody_else_s_account_gains_nothing(api, world, tried, at, cast):
    admit(world, at)
    cast.second.set_password(RIGHT)
    cast.second.save()
    body = {"username": "second", "password": RIGHT, "device": DEVICE | WEAK}
    assert problem(api().post("/api/v1/auth/tokens/", body)) == (403, "device_unsupported")


def test_revoked_the_phone_is_out_at_once(api, world, tried, at):
    row, phone = admit(world, at), api()
    phone.credentials(HTTP_AUTHORIZATION=f"Token {login(api).json()['token']}")
    admissions.revoke(row, actor=world.cast.support, now=at.now)
    assert problem(phone.get("/api/v1/app/duties/")) == (401, "not_authenticated")
    assert problem(login(api)) == (403, "device_unsupported")
    with pytest.raises(admissions.AlreadyRevoked):
        admissions.revoke(row, actor=world.cast.support, now=at.now)


def test_revoked_between_check_and_token_it_gives_none(api, world, tried, at, monkeypatch):
    row = admit(world, at)
    checked = admissions.admitted_until

    def then_revoked(*args, **more):
        until = checked(*args, **more)
        admissions.revoke(row, actor=world.cast.support, now=at.now)
        return until

    monkeypatch.setattr(admissions, "admitted_until", then_revoked)
    assert problem(login(api)) == (403, "device_unsupported")
    assert not AccessToken.objects.filter(user=tried).exists()


@pytest.mark.parametrize("when", ["E", "E+1s"])
def test_not_for_a_unit_that_is_over(world, tried, at, when):
    at(when)
    with pytest.raises(admissions.UnitIsOver):
        admit(world, at)


def test_not_without_a_trace_of_the_phone(world, proctor, at):
    with pytest.raises(admissions.UnknownPhone):
        admit(world, at)


def test_not_where_the_phone_is_not_what_keeps_them_out(api, world, tried, at):
    login(api, device_id="good", memory_mb=8000)
    with pytest.raises(admissions.NothingToWaive):
        admit(world, at, device="good")


def test_not_what_support_can_t_waive(api, world, tried, at):
    login(api, device_id="odd", platform="windows")
    with pytest.raises(admissions.OutOfSupportsHands):
        admit(world, at, device="odd")


def test_not_at_a_site_that_is_not_theirs(world, tried, at):
    with pytest.raises(admissions.NotOfThisUnit):
        admit(world, at, site_unit=world.site_units["B1"])


def test_twice_by_the_same_is_once_and_by_another_is_told(world, tried, at, cast):
    assert admit(world, at) == admit(world, at)
    with pytest.raises(admissions.AlreadyAdmitted):
        admit(world, at, by=cast.hq)
    assert Event.objects.filter(kind="device.admitted").count() == 1


class TestTheDesk:
    def address(self, tried) -> str:
        return f"/support/people/{tried.pk}/admission/"

    def test_the_refused_phone_is_found_by_its_id_with_its_problems(self, page, cast, tried):
        text = page(cast.support).get("/support/", {"q": "weak"}).text
        assert "2000 MB" in text
        assert "手机不符合要求" in text
        assert self.address(tried) in text

    def test_a_branch_officer_reads_and_admits_nothing(self, page, cast, tried):
        text = page(cast.branch).get("/support/", {"q": "weak"}).text
        assert "2000 MB" in text
        assert self.address(tried) not in text

    def test_support_admits_it(self, api, page, world, cast, tried):
        browser = page(cast.support)
        assert "第1单元" in browser.get(self.address(tried), {"device": "weak"}).text
        typed = {"device": "weak", "site_unit": world.site_unit.pk, "reason": "没有其他手机"}
        answer = browser.post(self.address(tried), typed, follow=True)
        assert "已放行" in answer.text
        assert login(api).status_code == 201
        row = DeviceAdmission.objects.get()
        browser.post(f"/support/admissions/{row.pk}/revocation/")
        assert login(api).status_code == 403

    def test_without_a_reason_what_was_chosen_stays(self, page, world, cast, tried):
        typed = {"device": "weak", "site_unit": world.site_unit.pk, "reason": ""}
        answer = page(cast.support).post(self.address(tried), typed)
        assert answer.status_code == 422
        assert f'value="{world.site_unit.pk}" selected' in answer.text

    def test_a_phone_that_never_tried_says_what_to_do(self, page, cast, proctor):
        text = page(cast.support).get(self.address(proctor), {"device": "x"}).text
        assert "请本人先在手机上登录一次" in text

    def test_a_branch_s_support_reaches_its_own_sites_alone(self, page, world, cast, tried):
        Membership.objects.filter(user=cast.support).update(role=Role.SUPPORT, branch=world.other_branch)
        assert page(cast.support).get(self.address(tried), {"device": "weak"}).status_code == 404

    def test_it_stands_on_the_page_of_releases(self, page, world, cast, tried, at):
        admit(world, at)
        assert "没有其他手机" in page(cast.site_admin).get("/system/app-releases/").text
        assert "没有其他手机" not in page(cast.sibling_admin).get("/system/app-releases/").text
