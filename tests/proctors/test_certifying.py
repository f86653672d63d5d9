"""实名认证 by a named person: who may, what it makes of a proctor, what takes it back, how the page goes on (B2)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from exam_ops.core.access import actor_for
from exam_ops.core.errors import Invalid, NotFound
from exam_ops.core.models import Event, Membership, OutboxMessage, ProctorProfile
from exam_ops.rules.certification import Fact, Need
from exam_ops.rules.permissions import Role
from proctors.models import CertificateCheck
from proctors.services import certificate_worker, certifying
from proctors.services.certifying import (
    AlreadyCompared,
    CannotBeCertified,
    EnteredByYou,
    FactsChanged,
    NotReady,
    OnlyIntegrityOfficer,
    OwnCertificate,
)
from tests import world as worlds
from tests.proctors import people
from tests.races import at_once


@pytest.fixture
def profile(world, cast):
    return people.add(cast.site_admin)


def status(profile: ProctorProfile) -> tuple[str, str]:
    profile.refresh_from_db()
    return profile.status, profile.source


def test_three_agreements_certify_with_history_and_event(world, cast, profile, at):
    people.compare(cast.branch, profile)
    assert status(profile) == ("certified", "person")
    assert profile.is_certified
    check = CertificateCheck.objects.get(kind="person")
    assert (check.by, check.at, check.number, check.name, check.face) == (
        cast.branch,
        at.now,
        *["agrees"] * 3,
    )
    assert (check.photo, check.document_photo) == ("a" * 64, "b" * 64)
    assert Event.objects.get(kind="certificate.person").actor == cast.branch
    assert not OutboxMessage.objects.exists()


def test_what_differs_is_said_and_the_site_hears_it(world, cast, profile):
    with pytest.raises(Invalid):
        people.compare(cast.branch, profile, photo="differs")
    people.compare(cast.branch, profile, "发型脸型都不同", photo="differs")
    assert status(profile) == ("refused", "person")
    assert profile.status_reason == "照片不一致：发型脸型都不同"
    told = OutboxMessage.objects.get()
    assert cast.site_admin.pk in told.payload["users"]
    assert "照片不一致：发型脸型都不同" in told.payload["body"]["zh"]


def test_a_photo_without_a_face_is_asked_for_again_and_comes_back_to_the_queue(world, cast, profile):
    people.compare(cast.branch, profile, photo="unclear", unusable=[Need.CLEAR_PHOTO])
    assert status(profile) == ("recheck", "person")
    assert (profile.needs, profile.status_reason) == (["clear_photo"], "照片无法判断")
    with pytest.raises(NotReady):
        people.compare(cast.branch, profile)
    people.change(cast.site_admin, profile, phone="14200000001")
    profile.refresh_from_db()
    assert profile.needs == ["clear_photo"]
    changed = people.change(cast.site_admin, profile, pictures={Fact.PHOTO: people.drawn("c")})
    assert (changed.status, changed.needs) == ("pending", [])
    people.compare(cast.branch, changed)
    assert status(profile) == ("certified", "person")


def test_who_may_not_compare(world, cast, profile, settings):
    for who, why in (
        (cast.branch_duty, OnlyIntegrityOfficer),
        (cast.other_branch, NotFound),
    ):
        with pytest.raises(why):
            people.compare(who, profile)
    own = people.add(cast.branch, 2)
    with pytest.raises(EnteredByYou):
        people.compare(cast.branch, own)
    settings.CERTIFICATE_FOUR_EYES = False
    people.compare(cast.branch, own)
    Membership.objects.create(user=profile.user, role=Role.BRANCH, branch=world.branch, rights=["integrity"])
    with pytest.raises(OwnCertificate):
        people.compare(profile.user, profile)


def test_a_passport_is_never_certified(world, cast):
    passport = people.add(cast.site_admin, id_no="E1234567", document="passport")
    with pytest.raises((CannotBeCertified, AlreadyCompared)):
        people.compare(cast.branch, passport)
    assert status(passport) == ("recorded", "")


def test_a_verdict_is_of_what_was_looked_at(world, cast, profile):
    seen = ProctorProfile.objects.get(pk=profile.pk)
    people.change(cast.site_admin, profile, name="教师乙")
    with pytest.raises(FactsChanged):
        people.compare(cast.branch, seen)
    assert status(profile) == ("pending", "")


def test_the_first_verdict_holds_and_the_second_is_told(world, cast, profile):
    people.compare(cast.branch, profile, "姓名少一字", name="differs")
    with pytest.raises(AlreadyCompared) as told:
        people.compare(cast.hq, profile)
    assert "branch 已于" in told.value.detail.zh
    assert "未通过" in told.value.detail.zh


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_two_officers_and_two_entries_at_the_same_moment(transactional_db, at):
    world = worlds.build()
    cast = world.cast
    profile = people.add(cast.site_admin)

    def tried(work) -> str:
        try:
            work()
        except (AlreadyCompared, FactsChanged, Invalid) as refusal:
            return refusal.code
        return "done"

    found = at_once(
        lambda: tried(lambda: people.compare(cast.branch, profile)),
        lambda: tried(lambda: people.compare(cast.hq, profile, "不是同一人", photo="differs")),
    )
    assert sorted(found) in (["already_compared", "done"], ["done", "facts_changed"])
    assert CertificateCheck.objects.filter(kind="person").count() == 1
    twins = at_once(
        lambda: tried(lambda: people.add(cast.site_admin, 8, username="one")),
        lambda: tried(lambda: people.add(cast.branch, 8, username="two")),
    )
    assert sorted(twins) == ["done", "invalid"]
    assert ProctorProfile.objects.filter(user__username__in=("one", "two")).count() == 1


def test_history_is_neither_changed_nor_deleted_nor_forged(world, cast, profile):
    check = people.compare(cast.branch, profile)
    for spoil in (
        lambda: CertificateCheck.objects.filter(pk=check.pk).update(reason="x"),
        lambda: CertificateCheck.objects.filter(pk=check.pk).delete(),
        lambda: CertificateCheck.objects.create(
            profile=profile, kind="person", at=check.at, by=cast.branch, revision=1, outcome="certified"
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            spoil()


def test_what_an_older_workbook_certified_holds_until_it_is_compared(world, cast, at):
    old = ProctorProfile.objects.get(user=cast.proctor)
    ProctorProfile.objects.filter(pk=old.pk).update(source="import", id_no=people.number())
    old.refresh_from_db()
    assert old.is_unproven
    with pytest.raises(NotReady):
        people.compare(cast.branch, old)
    old = people.change(cast.site_admin, old, pictures=people.PICTURES)  # what was missing takes nothing back
    assert old.is_unproven
    people.compare(cast.branch, old)
    assert status(old) == ("certified", "person")


def test_a_certificate_ends_when_the_operator_says_so(world, cast, profile, settings, at):
    settings.CERTIFICATE_DAYS = 1
    people.compare(cast.branch, profile)
    profile.refresh_from_db()
    for now, state in (
        (profile.valid_until - timedelta(seconds=1), "certified"),
        (profile.valid_until, "recheck"),
    ):
        certificate_worker.run(lambda now=now: now)
        assert status(profile)[0] == state
    assert CertificateCheck.objects.filter(kind="ended").count() == 1


def test_a_settled_one_is_looked_at_again_with_a_reason(world, cast, profile, page):
    people.compare(cast.branch, profile)
    url = reverse("registry-reopen", args=[profile.pk])
    assert page(cast.branch).post(url, {"reason": " "}).status_code == 422
    assert page(cast.branch_duty).post(url, {"reason": "x"}).status_code == 403
    page(cast.branch).post(url, {"reason": "有人反映不是本人"})
    assert status(profile) == ("recheck", "")
    assert CertificateCheck.objects.filter(kind="reopened", reason="有人反映不是本人").exists()


def test_an_uncertified_proctor_is_offered_for_no_roster(world, cast, profile, api):
    asked = api(cast.site_admin, phone=False).get(f"/api/v1/room-sessions/{world.room.pk}/proctors/")
    offered = {each["name"]: each["certified"] for each in asked.json()["substitutes"]}
    assert offered["教师1"] is False
    people.compare(cast.branch, profile)
    asked = api(cast.site_admin, phone=False).get(f"/api/v1/room-sessions/{world.room.pk}/proctors/")
    assert {each["name"]: each["certified"] for each in asked.json()["substitutes"]}["教师1"] is True


def turn(page, user, **query):
    return page(user).get(reverse("registry-compare"), query)


def test_the_next_one_follows_and_no_two_people_have_the_same(world, cast, page):
    for seq in (1, 2, 3):
        people.add(cast.site_admin, seq)
    first = turn(page, cast.branch)
    assert first.context["left"] == 3
    mine = first.context["card"]["profile"]
    other = turn(page, cast.hq).context["card"]["profile"]
    assert other != mine
    html = first.content.decode()
    assert 'data-key="1"' in html
    assert mine.id_no[6:14] in html
    assert Event.objects.filter(kind="id_number.shown", actor=cast.branch).count() == 1
    said = {"proctor": mine.pk, "revision": mine.revision, "result": "agrees"}
    after = page(cast.branch).post(reverse("registry-compare"), said, headers={"HX-Request": "true"})
    assert after.context["card"]["profile"] not in (mine, other)
    assert "上一位：教师" in after.content.decode()
    assert status(mine) == ("certified", "person")


def test_a_verdict_without_its_words_comes_back_and_a_late_one_goes_on(world, cast, page, profile):
    said = {"proctor": profile.pk, "revision": profile.revision, "result": "name"}
    answer = page(cast.branch).post(reverse("registry-compare"), said)
    assert answer.status_code == 422
    assert "须写明情况" in answer.content.decode()
    people.compare(cast.hq, profile)
    answer = page(cast.branch).post(reverse("registry-compare"), said | {"note": "少一字"})
    assert "已有结论" not in answer.content.decode().split("</h1>")[0]
    assert "hq 已于" in answer.content.decode()
    assert "已全部核对" in answer.content.decode()


def test_the_integrity_officers_list_says_how_many_wait(world, cast, page, profile):
    said = "监考教师实名认证待核对"
    assert said in page(cast.branch).get("/").content.decode()
    assert said not in page(cast.branch_duty).get("/").content.decode()
    people.compare(cast.branch, profile)
    assert said not in page(cast.branch).get("/").content.decode()


def test_nobody_is_offered_what_they_entered(world, cast, page):
    people.add(cast.branch)
    assert turn(page, cast.branch).context["left"] == 0
    assert turn(page, cast.hq).context["left"] == 1
    assert (
        certifying.may_compare_somewhere(actor_for(cast.branch_duty, now=world.site_unit.starts_at)) is False
    )
