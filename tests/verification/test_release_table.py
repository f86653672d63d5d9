"""App 版本: entered by headquarters, frozen around exams, told to those concerned (B1)."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.core import moves, outbox
from exam_ops.core.models import Event, ExamPlan, OutboxMessage, SiteUnit
from exam_ops.office.loading import load
from incidents.models import Notification
from tests.conftest import moment
from tests.office import workbooks
from tests.world import E, T
from verification.models import AppRelease
from verification.selectors.releases import Table
from verification.services import release_refusals as refusals
from verification.services import releases
from verification.services.releases import Entry

URL = "https://example.com/app"


def entry(
    minimum: str = "4.1.0", latest: str = "", begins=None, *, word: str = "", platform: str = "android"
):
    return Entry(platform, minimum, latest or minimum, URL, begins, word)


def add(cast, at, *args, **more) -> AppRelease:
    return releases.add(entry(*args, **more), actor=cast.hq, now=at.now)


def in_force(at, platform: str = "android") -> str:
    return Table.at(at.now).in_force(platform).minimum_version


def told(event: str) -> list[OutboxMessage]:
    return [m for m in OutboxMessage.objects.filter(kind="inbox") if m.payload["event"] == event]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("minimum_version", "四", "unreadable_version"),
        ("minimum_version", "", "unreadable_version"),
        ("latest_version", "4.0.0-beta", "unreadable_version"),
        ("latest_version", "3.9", "below_minimum"),
        ("download_url", "http://example.com", "not_https"),
        ("effective_from", T - timedelta(days=8), "past"),
        ("platform", "windows", "unknown_platform"),
    ],
)
def test_what_makes_no_release_is_named(cast, at, field, value, code):
    at("T-7d")
    wrong = Entry(**{**{f: getattr(entry(), f) for f in Entry.__slots__}, field: value})
    with pytest.raises(refusals.BadRelease) as refused:
        releases.add(wrong, actor=cast.hq, now=at.now)
    assert [(e.field, e.code) for e in refused.value.errors] == [(field, code)]


@pytest.mark.parametrize(
    ("begins", "is_frozen"),
    [
        (T - timedelta(hours=2, seconds=1), False),
        (T - timedelta(hours=2), True),
        (E + timedelta(hours=2, seconds=-1), True),  # the second unit follows within two hours
        (E + timedelta(hours=2), False),
    ],
)
def test_no_new_minimum_around_the_units_of_a_plan(cast, at, begins, is_frozen):
    at("T-3d")
    if not is_frozen:
        assert add(cast, at, begins=begins).pk
        return
    with pytest.raises(refusals.Frozen) as refused:
        add(cast, at, begins=begins)
    assert refused.value.free_from == E + timedelta(hours=2)
    assert {hit.unit.code for hit in refused.value.hits} <= {"U1", "U2"}
    assert all(hit.sites == 3 for hit in refused.value.hits)


def test_at_once_is_frozen_too(cast, at):
    at("T")
    with pytest.raises(refusals.Frozen):
        add(cast, at)


@pytest.mark.parametrize(("minimum", "latest"), [("4.0.0", "4.9.0"), ("3.9.0", "4.0.0")])
def test_what_shuts_nobody_out_may_come_during_an_exam(cast, at, minimum, latest):
    at("T")
    add(cast, at, minimum, latest)
    assert in_force(at) == minimum
    assert not told("release.announced")


def test_headquarters_may_override_with_a_reason_that_is_kept(cast, at):
    at("T")
    row = add(cast, at, word="旧版本有严重缺陷")
    assert (row.word, row.word_by, in_force(at)) == ("旧版本有严重缺陷", cast.hq, "4.1.0")
    assert Event.objects.get(kind="release.added").data["word"] == "旧版本有严重缺陷"


def test_a_drill_freezes_nothing(cast, world, at):
    ExamPlan.objects.filter(pk=world.plan.pk).update(kind="drill")
    at("T")
    assert add(cast, at).pk


def test_the_real_end_of_the_sites_counts(cast, world, at):
    """One site goes on for an hour more: it freezes for all."""
    SiteUnit.objects.filter(unit=world.later_unit, site=world.foreign).update(ends_at=E + timedelta(hours=3))
    at("T")
    with pytest.raises(refusals.Frozen) as refused:
        add(cast, at)
    assert refused.value.free_from == E + timedelta(hours=3)


def test_one_that_does_not_hold_yet_may_be_withdrawn(cast, at):
    at("T-3d")
    row = add(cast, at, begins=moment("T-2d"))
    releases.withdraw(row, why="改期", actor=cast.hq2, now=at.now)
    at("T-1d")
    assert in_force(at) == "4.0.0"
    assert {m.payload["event"] for m in OutboxMessage.objects.filter(kind="inbox")} == {
        "release.announced",
        "release.withdrawn",
    }
    with pytest.raises(refusals.Withdrawn):
        releases.withdraw(row, why="x", actor=cast.hq, now=at.now)


def test_one_in_force_may_not(cast, at):
    at("T-3d")
    row = add(cast, at, begins=moment("T-2d"))
    at("T-2d")
    with pytest.raises(refusals.InForce):
        releases.withdraw(row, why="x", actor=cast.hq, now=at.now)
    at.now += timedelta(seconds=1)
    add(cast, at, "4.0.0", "4.1.0")
    assert in_force(at) == "4.0.0"


def test_the_same_again_is_nothing_new(cast, at):
    at("T-3d")
    add(cast, at)
    at.now += timedelta(seconds=1)
    with pytest.raises(refusals.NothingNew):
        add(cast, at)


def test_a_new_minimum_is_told_to_proctors_ahead_sites_and_support(cast, at):
    at("T-3d")
    add(cast, at, begins=moment("T-2d"))
    people = set(told("release.announced")[0].payload["users"])
    assert {cast.proctor.pk, cast.second.pk, cast.site_admin.pk, cast.chief.pk, cast.support.pk} <= people
    assert not {cast.candidate.pk, cast.branch.pk, cast.nobody.pk} & people


def test_a_nation_is_told_in_parts_and_few_statements(cast, at, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("incidents.services.messages.PEOPLE", 3)
    at("T-3d")
    with django_assert_max_num_queries(22):
        add(cast, at, begins=moment("T-2d"))
    parts = [m.payload["users"] for m in told("release.announced")]
    assert len(parts) > 2
    assert sum(map(len, parts)) == len(set().union(*parts))


def move_to(world, at, start) -> None:
    """Headquarters moves the first unit everywhere."""
    pks = SiteUnit.objects.filter(unit=world.unit).values_list("pk", flat=True)
    held = moves.hold(world.plan, pks)
    times = {s.pk: moves.Times(start=start, end=start + (E - T)) for s in held}
    moves.move(held, times=times, now=at.now, actor=world.cast.hq)


def test_a_unit_that_is_moved_onto_a_release_holds_it_back(world, cast, at):
    at("T-3d")
    row = add(cast, at, begins=moment("T-1d"))
    move_to(world, at, moment("T-1d"))
    row.refresh_from_db()
    assert row.held_until == moment("E-1d")
    assert told("release.held")[0].payload["users"] == sorted([cast.hq.pk, cast.hq2.pk])
    at("T-1d")
    assert in_force(at) == "4.0.0"
    at("E-1d")
    assert in_force(at) == "4.1.0"


def test_a_plan_that_is_loaded_onto_a_release_holds_it_back(cast, at):
    at("T-3d")
    row = add(cast, at, begins=datetime(2026, 1, 6, 0, 0, tzinfo=UTC))
    workbooks.compare_proctors()
    assert load(workbooks.build(workbooks.sound()), actor=cast.hq, now=at.now).ok
    row.refresh_from_db()
    assert row.held_until == datetime(2026, 1, 6, 2, 0, tzinfo=UTC)  # only its first unit is sat
    assert len(told("release.held")) == 1


def test_moved_away_again_it_holds_as_entered(world, cast, at):
    at("T-3d")
    row = add(cast, at, begins=moment("T-1d"))
    move_to(world, at, moment("T-1d"))
    move_to(world, at, T)
    row.refresh_from_db()
    assert row.held_until is None


def test_headquarters_word_lets_a_held_one_through(world, cast, at):
    at("T-3d")
    row = add(cast, at, begins=moment("T-1d"))
    move_to(world, at, moment("T-1d"))
    releases.let_through(row, word="必须修复", actor=cast.hq, now=at.now)
    at("T-1d")
    assert in_force(at) == "4.1.0"


def test_without_the_one_before_it_a_release_may_become_a_new_minimum(cast, at):
    """The second asks for no more than the first; when the first is withdrawn it does, and waits."""
    at("T-3d")
    first = add(cast, at, begins=moment("T-1d"))
    second = add(cast, at, "4.1.0", "4.2.0", T)
    releases.withdraw(first, why="x", actor=cast.hq, now=at.now)
    second.refresh_from_db()
    assert second.held_until == E + timedelta(hours=2)


class TestThePage:
    def form(self, **more):
        return {
            "platform": "android",
            "minimum_version": "4.1.0",
            "latest_version": "4.1.0",
            "download_url": URL,
            "effective_from": "",
            "word": "",
        } | more

    def test_headquarters_enters_a_release(self, cast, at, page):
        at("T-3d")
        answer = page(cast.hq).post("/system/app-releases/", self.form(), follow=True)
        assert "4.1.0" in answer.text
        assert in_force(at) == "4.1.0"

    def test_a_frozen_one_comes_back_with_the_units_and_the_next_free_moment(self, cast, at, page):
        at("T-1d")
        typed = self.form(effective_from="2025-12-06T08:30")
        answer = page(cast.hq).post("/system/app-releases/", typed)
        assert answer.status_code == 409
        assert "第1单元" in answer.text
        assert 'value="2025-12-06T12:00:00"' in answer.text  # the end of the second unit
        assert 'value="2025-12-06T08:30"' in answer.text  # as typed
        page(cast.hq).post("/system/app-releases/", typed | {"use_free": "2025-12-06T12:00:00"})
        assert AppRelease.objects.get(minimum_version="4.1.0").effective_from == E + timedelta(hours=2)

    @pytest.mark.parametrize("version", ["四", "4.0.0-beta", ""])
    def test_a_bad_version_is_named_beside_its_field(self, cast, at, page, version):
        answer = page(cast.hq).post("/system/app-releases/", self.form(minimum_version=version))
        assert answer.status_code == 422
        assert 'id="id_minimum_version_error"' in answer.text

    @pytest.mark.parametrize("who", ["branch", "site_admin", "chief", "support"])
    def test_others_read(self, cast, page, who):
        answer = page(getattr(cast, who)).get("/system/app-releases/")
        assert "4.0.2" in answer.text
        assert "登记新版本" not in answer.text

    def test_withdrawing_owes_a_reason(self, cast, at, page):
        at("T-3d")
        row = add(cast, at, begins=moment("T-2d"))
        address = f"/system/app-releases/{row.pk}/withdrawal/"
        assert page(cast.hq).post(address, {"reason": ""}).status_code == 422
        answer = page(cast.hq).post(address, {"reason": "改期"}, follow=True)
        assert "改期" in answer.text
        row.refresh_from_db()
        assert row.withdrawn_by == cast.hq

    def test_the_message_reaches_the_proctor(self, cast, at, page):
        at("T-3d")
        add(cast, at, begins=moment("T-2d"))
        at.fire()
        outbox.drain(now=at.now)
        assert "Android 4.1.0" in Notification.objects.get(user=cast.proctor).title["zh"]
