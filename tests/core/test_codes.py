"""One-time codes: for proctors alone, ten minutes, one sign-in, by page and by App (E11)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from exam_ops.core import codes
from exam_ops.core.models import AccessToken, Delegation, Event, Membership, OneTimeCode, User
from exam_ops.workbench import services
from tests.verification.helpers import problem
from tests.verification.test_tokens import login


@pytest.fixture
def code(cast, at):
    return codes.issue(cast.proctor, actor=cast.support, now=at.now)


def sign_in(page, code, username="proctor"):
    return page().post(reverse("login"), {"username": username, "password": code})


def is_in(answer) -> bool:
    return answer.status_code == 302


def test_its_holder_signs_in_at_the_page_once(code, page):
    assert is_in(sign_in(page, code))
    assert not is_in(sign_in(page, code))


def test_its_holder_gets_a_token_once(code, api):
    assert login(api, code).status_code == 201
    assert problem(login(api, code)) == (401, "bad_credentials")


@pytest.mark.parametrize(("seconds", "good"), [(599, True), (600, False), (601, False)])
def test_it_lives_ten_minutes(seconds, good, code, api, at):
    at.now += timedelta(seconds=seconds)
    assert (login(api, code).status_code == 201) is good


def test_it_is_read_as_it_is_spoken(code, page):
    assert is_in(sign_in(page, code.replace("-", " ").upper()))


def test_a_login_refused_for_another_reason_leaves_it_good(code, api):
    assert problem(login(api, code, app_version="3.9.9")) == (426, "app_update_required")
    assert login(api, code).status_code == 201


def test_the_password_goes_on_working(code, cast, api):
    cast.proctor.set_password("the right password")
    cast.proctor.save()
    assert login(api).status_code == 201
    assert login(api, code).status_code == 201


def test_a_later_code_withdraws_the_earlier(code, cast, api, at):
    later = codes.issue(cast.proctor, actor=cast.support, now=at.now)
    assert problem(login(api, code)) == (401, "bad_credentials")
    assert login(api, later).status_code == 201


def test_it_is_nobody_else_s(code, cast, api):
    assert problem(login(api, code, username="second")) == (401, "bad_credentials")


def test_it_is_not_stored(code):
    assert code.replace("-", "") not in OneTimeCode.objects.get().digest


def test_issue_and_use_are_logged(code, cast, api):
    login(api, code)
    kinds = Event.objects.filter(kind__startswith="account.").order_by("pk").values_list("kind", "actor")
    assert list(kinds) == [("account.code_issued", cast.support.pk), ("account.code_used", cast.proctor.pk)]


@pytest.mark.parametrize("who", ["hq", "branch", "support", "site_admin", "chief", "nobody", "candidate"])
def test_whoever_decides_or_administers_gets_none(who, cast, at):
    with pytest.raises(codes.NotForThisAccount):
        codes.issue(getattr(cast, who), actor=cast.support, now=at.now)


def test_a_proctor_with_a_second_duty_gets_none(world, cast, at):
    Membership.objects.create(user=cast.proctor, role="branch_officer", branch=world.branch)
    with pytest.raises(codes.NotForThisAccount):
        codes.issue(cast.proctor, actor=cast.support, now=at.now)


def test_a_code_dies_when_its_holder_becomes_deputy(world, cast, at, code, api):
    Delegation.objects.create(
        site=world.site, deputy=cast.proctor, granted_by=cast.chief, granted_at=at.now,
        valid_from=at.now, valid_until=at.now + timedelta(hours=1), reason="x",
    )  # fmt: skip
    assert problem(login(api, code)) == (401, "bad_credentials")


def test_a_disabled_account_gets_none(cast, at):
    User.objects.filter(pk=cast.proctor.pk).update(is_active=False)
    with pytest.raises(codes.AccountDisabled):
        codes.issue(cast.proctor, actor=cast.support, now=at.now)


def test_two_who_come_with_the_same_code_are_not_both_let_in(code, at):
    first = codes.OneTimeCodes().authenticate(None, "proctor", code)
    second = codes.OneTimeCodes().authenticate(None, "proctor", code)
    assert [codes.use(first, now=at.now), codes.use(second, now=at.now)] == [True, False]


def test_it_lifts_the_locks_that_stood_in_its_way(cast, api, at):
    for _ in range(5):
        login(api, "wrong")
    code = services.issue_code(cast.proctor, actor=cast.site_admin, now=at.now)
    assert login(api, code).status_code == 201
    assert AccessToken.objects.filter(user=cast.proctor).exists()
