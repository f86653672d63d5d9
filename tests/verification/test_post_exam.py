"""考后核验: who is checked, one verdict a pair, findings to the branch (C16)."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from exam_ops.core import drill, entry, files, outbox
from exam_ops.core.access import actor_for
from exam_ops.core.models import Sitting
from exam_ops.rules.entry import Cause
from incidents.models import Notification
from tests.conftest import moment
from tests.verification.helpers import check, jpeg, send
from tests.verification.scenes import ask, fresh, sign_in, with_photo
from verification.models import (
    EntryRequest,
    PhotoCheck,
    PhotoHint,
    Picture,
    PostExamCheck,
    PostExamRun,
    SignIn,
    SignInReview,
)
from verification.selectors import post_exam_overview
from verification.selectors.post_exam import Source, pairs
from verification.selectors.sitting_facts import facts_of
from verification.services import post_exam

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def people(world):
    return world.sittings["A1/301"]


@pytest.fixture
def ended(world, cast, people, at):
    """Three of room 301 signed in with photos before the unit ended."""
    for n, sitting in enumerate(people[:3]):
        pictured(sitting, cast.proctor, at.now, f"#{n}{n}{n}")
        with_photo(sitting)
    at("E")
    return world


def pictured(sitting, proctor, now, colour="#111111") -> SignIn:
    row = sign_in(sitting, proctor, now=now, score=0.91)
    SignIn.objects.filter(pk=row.pk).update(photo=files.save(jpeg(colour)))
    row.refresh_from_db()
    return row


def applied(row: SignIn, sitting: Sitting, cleared_by, now) -> SignIn:
    """A fact of nobody known that a person says was `sitting`'s."""
    SignIn.objects.filter(pk=row.pk).update(sitting=None, effective=False)
    SignInReview.objects.create(
        sign_in=row, outcome="applied", note="—", sitting=sitting, cleared_by=cleared_by, cleared_at=now
    )
    return row


def hint(row: SignIn, kind: str = "blurred") -> PhotoHint:
    picture = Picture.objects.create(sha256=row.photo, kind="image/jpeg", asked_at=row.received_at)
    photo = PhotoCheck.objects.create(
        sign_in=row, picture=picture, sitting=row.sitting, room_session=row.room_session,
        site_unit=row.room_session.site_unit,
    )  # fmt: skip
    return PhotoHint.objects.create(photo=photo, kind=kind, found_at=row.received_at)


def url(world, name="post-exam-pair") -> str:
    return reverse(name, args=[world.site_unit.pk])


def verdict(sitting, result="same", note="", photo=None, **more):
    if photo is None:
        photo = (
            SignIn.objects.filter(sitting=sitting, effective=True).values_list("photo", flat=True).first()
            or ""
        )
    return {"sitting": sitting.pk, "result": result, "note": note, "photo": photo} | more


def give(client, world, *args, **more):
    return client.post(url(world), verdict(*args, **more), **HTMX)


def names(answer) -> list[str]:
    html = answer.content.decode()
    return [
        name
        for name in (f"考生1{n:02d}" for n in range(1, 7))
        if f'id="pair-name" tabindex="-1">{name}' in html
    ]


@pytest.mark.parametrize(("when", "status"), [("E-1s", 409), ("E", 200), ("E+1s", 200)])
def test_it_opens_when_the_unit_ends(ended, cast, page, at, people, when, status):
    at.now = moment(when)
    chief = page(cast.chief)
    assert chief.get(url(ended)).status_code == status
    assert give(chief, ended, people[0]).status_code == status
    assert PostExamCheck.objects.exists() == (status == 200)


def test_doubted_photos_come_first_and_who_was_let_in_without_one_last(world, cast, at, people):
    clean, doubted, asked, bare = people[0], people[1], people[2], people[3]
    pictured(clean, cast.proctor, at.now)
    hint(pictured(doubted, cast.proctor, at.now, "#222222"))
    for sitting, photo in ((asked, files.save(jpeg("red"))), (bare, "")):
        row = ask(sitting, cast.proctor, now=at.now)
        EntryRequest.objects.filter(pk=row.pk).update(
            status="approved", photo=photo, decided_by=cast.chief, decided_at=at.now
        )
        entry.move([fresh(sitting)], Cause.APPROVAL, now=at.now)
    found = pairs(world.site_unit, now=at("E"))
    assert [pair.sitting_id for pair in found] == [doubted.pk, clean.pk, asked.pk, bare.pk]
    assert [pair.source for pair in found] == [Source.SIGN_IN, Source.SIGN_IN, Source.REQUEST, Source.NONE]
    assert found[0].hints == ["blurred"]


def test_one_pair_after_the_other_until_all_are_checked(ended, cast, page, people):
    chief = page(cast.chief)
    seen = names(chief.get(url(ended)))
    for sitting in people[:3]:
        answer = give(chief, ended, sitting)
        assert answer.status_code == 200
        seen += names(answer)
    assert seen == ["考生101", "考生102", "考生103"]
    assert "已全部核验" in answer.content.decode()
    assert PostExamRun.objects.get().checked == 3


def test_a_finding_needs_words_and_keeps_what_was_typed(ended, cast, page, people):
    chief = page(cast.chief)
    answer = give(chief, ended, people[0], "doubt", note="  ")
    assert answer.status_code == 422
    assert "存疑或不一致须写明情况。" in answer.content.decode()
    assert names(answer) == ["考生101"]
    assert give(chief, ended, people[0], "doubt", note="侧脸，看不清").status_code == 200
    assert PostExamCheck.objects.get().note == "侧脸，看不清"


def test_without_a_photo_every_verdict_needs_words(world, cast, page, people, at):
    sign_in(people[0], cast.proctor, now=at.now)
    at("E")
    chief = page(cast.chief)
    assert give(chief, world, people[0]).status_code == 422
    assert give(chief, world, people[0], note="考场记录单与证件一致").status_code == 200


def test_two_people_are_given_different_pairs(ended, cast, page, at):
    chief, admin = page(cast.chief), page(cast.site_admin)
    assert names(chief.get(url(ended))) == ["考生101"]
    assert names(admin.get(url(ended))) == ["考生102"]
    assert names(chief.get(url(ended))) == ["考生101"]
    at.now += post_exam.HELD_FOR - timedelta(seconds=1)
    assert names(page(cast.site_admin).get(url(ended) + "?after=0")) == ["考生102"]
    at.now += timedelta(seconds=1)  # the chief has gone home
    assert names(admin.get(url(ended))) == ["考生101"]


def test_the_first_verdict_wins_and_the_second_is_told_who_and_when(ended, cast, page, people):
    give(page(cast.chief), ended, people[0])
    answer = give(page(cast.site_admin), ended, people[0], "differs", note="不是同一人")
    assert answer.status_code == 200
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert "考生101已由 chief 于 10:00 核验为“一致”" in toast["text"]
    assert names(answer) == ["考生103"]  # the second stands on the chief's screen
    assert PostExamCheck.objects.get().result == "same"
    assert (
        give(page(cast.chief), ended, people[0]).status_code == 200
    )  # again, by the same person: nothing new
    assert PostExamRun.objects.get().checked == 1


def test_the_last_verdict_is_taken_back_by_its_own_giver(ended, cast, page, people):
    chief = page(cast.chief)
    give(chief, ended, people[0], "doubt", note="再看一次")
    last = PostExamCheck.objects.get()
    other = page(cast.site_admin).post(url(ended, "post-exam-undo"), {"check": last.pk}, **HTMX)
    assert other.status_code == 409
    answer = chief.post(url(ended, "post-exam-undo"), {"check": last.pk}, **HTMX)
    assert names(answer) == ["考生101"]
    run = PostExamRun.objects.get()
    assert (run.checked, run.findings, run.next_due_at) == (0, 0, None)
    assert give(chief, ended, people[0]).status_code == 200
    assert PostExamCheck.objects.count() == 2  # the withdrawn one stays


def test_what_the_branch_has_seen_is_not_taken_back(ended, cast, page, people):
    give(page(cast.chief), ended, people[0], "doubt", note="x")
    last = PostExamCheck.objects.get()
    page(cast.branch).post(reverse("post-exam-finding", args=[last.pk]), {"act": "seen"})
    assert page(cast.chief).post(url(ended, "post-exam-undo"), {"check": last.pk}).status_code == 409


def test_a_photo_that_arrives_late_is_looked_at(world, cast, page, api, people, at):
    phone = api(cast.proctor)
    [row] = send(phone, check(people[0]))
    at("E")
    chief = page(cast.chief)
    give(chief, world, people[0], note="凭证件")
    assert (
        phone.put(f"/api/v1/sign-ins/{row['id']}/photo/", jpeg(), content_type="image/jpeg").status_code
        == 201
    )
    assert PostExamRun.objects.get().checked == 0
    assert names(chief.get(url(world))) == ["考生101"]
    stale = give(chief, world, people[0], photo="")
    assert "刚刚到达" in json.loads(stale["HX-Trigger"])["toast"]["text"]
    assert give(chief, world, people[0]).status_code == 200
    assert PostExamRun.objects.get().checked == 1


def test_of_another_site_nobody_is_checked(ended, cast, page, people):
    foreign = ended.sittings["B1/201"][0]
    Sitting.objects.filter(pk=foreign.pk).update(entry_status="signed_in")
    assert give(page(cast.chief), ended, foreign).status_code == 404
    assert give(page(cast.chief), ended, people[5]).status_code == 404  # never let in


@pytest.fixture
def inbox(at):
    def read(user) -> list[str]:
        at.fire()
        while outbox.drain(now=at.now):
            pass
        rows = Notification.objects.filter(user=user, event="post_exam.findings")
        return [row.title["zh"] for row in rows.order_by("pk")]

    return read


def test_the_branch_is_told_once_when_the_site_is_done(ended, cast, page, people, inbox):
    chief = page(cast.chief)
    give(chief, ended, people[0], "doubt", note="x")
    give(chief, ended, people[1], "differs", note="y")
    assert inbox(cast.branch) == []
    give(chief, ended, people[2])
    assert inbox(cast.branch) == ["考后核验：城东考点 2 项存疑或不一致"]
    assert inbox(cast.branch) == inbox(cast.branch)
    assert inbox(cast.other_branch) == []


def test_the_branch_is_told_at_midnight_of_what_was_found_by_then(ended, cast, page, people, inbox, at):
    give(page(cast.chief), ended, people[0], "doubt", note="x")
    midnight = post_exam.post_exam.due_at(ended.unit.start)
    at.now = midnight - timedelta(seconds=1)
    assert inbox(cast.branch) == []
    at.now = midnight
    assert len(inbox(cast.branch)) == 1
    give(page(cast.chief), ended, people[1], "doubt", note="y")
    at.now += timedelta(minutes=15)
    assert inbox(cast.branch)[1:] == ["考后核验：城东考点 2 项存疑或不一致"]


def test_the_branch_settles_with_a_note_and_the_first_one_holds(ended, cast, page, people):
    give(page(cast.chief), ended, people[0], "differs", note="发型脸型均不同")
    finding = reverse("post-exam-finding", args=[PostExamCheck.objects.get().pk])
    branch = page(cast.branch)
    assert "发型脸型均不同" in branch.get(reverse("post-exam-findings")).content.decode()
    empty = branch.post(finding, {"act": "settle", "note": " "})
    assert (empty.status_code, "请写明处理结果。" in empty.content.decode()) == (422, True)
    assert branch.post(finding, {"act": "settle", "note": "已核实，本人"}).status_code == 302
    row = PostExamCheck.objects.get()
    assert (row.seen_by, row.settled_by, row.settled_note) == (cast.branch, cast.branch, "已核实，本人")
    assert page(cast.branch_duty).post(finding, {"act": "settle", "note": "z"}).status_code == 409
    assert page(cast.chief).post(finding, {"act": "settle", "note": "z"}).status_code == 403
    assert PostExamRun.objects.get().settled == 1


@pytest.mark.parametrize(("seconds", "word"), [(-1, "核验中"), (0, "已逾期")])
def test_the_list_says_what_is_late_after_midnight(ended, cast, page, at, seconds, word):
    at.now = post_exam.post_exam.due_at(ended.unit.start) + timedelta(seconds=seconds)
    html = page(cast.branch).get(reverse("post-exam"), {"unit": "U1"}).content.decode()
    assert word in html
    assert "12-06 24:00" in html


def test_a_nation_of_sites_costs_the_same_statements(ended, cast, django_assert_max_num_queries, at):
    rows = post_exam_overview.site_units_of(actor_for(cast.hq, now=at.now), ended.plan)
    with django_assert_max_num_queries(5):
        found = post_exam_overview.sites(rows, ended.plan, now=at.now)
    assert len(found) == 6


def test_the_pages_of_a_site_and_its_rooms(ended, cast, page, people):
    give(page(cast.chief), ended, people[0], "doubt", note="侧脸")
    for who in ("chief", "branch", "hq", "inspector"):
        html = page(getattr(cast, who)).get(url(ended, "post-exam-site")).content.decode()
        assert "侧脸" in html
        assert ("继续核验" in html) is (who == "chief")


def test_a_drill_that_begins_anew_forgets_it_all(drill_world, page, at):
    cast, people = drill_world.cast, drill_world.sittings["A1/301"]
    hint(pictured(people[0], cast.proctor, at.now))
    at("E")
    give(page(cast.chief), drill_world, people[0], "doubt", note="x")
    due = PostExamRun.objects.get().next_due_at
    assert due is not None
    drill.jump(drill_world.plan, to=moment("E+1h"), now=at.now, actor=None)
    assert due - PostExamRun.objects.get().next_due_at == timedelta(hours=1)
    drill.reset(drill_world.plan, to=moment("T-20m"), now=at.now, actor=None)
    assert not any(model.objects.exists() for model in (PostExamCheck, PostExamRun, PhotoCheck, PhotoHint))
    assert Picture.objects.exists()  # of the content, whoever sent it


def test_who_was_let_in_by_a_fact_applied_later_is_checked_by_its_photo(world, page, cast, people, ended, at):
    row = applied(SignIn.objects.get(sitting=people[1]), people[1], cast.chief, at.now)
    [pair] = [pair for pair in pairs(world.site_unit, now=at.now) if pair.sitting_id == people[1].pk]
    assert (pair.source, pair.photo_id, pair.photo) == (Source.SIGN_IN, row.pk, row.photo)
    assert facts_of(people[1]).shown == row
    assert give(page(cast.chief), world, people[1], photo=row.photo).status_code == 200
    assert PostExamCheck.objects.get().sign_in == row
