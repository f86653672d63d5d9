"""Sealed packages: ordered by the close, made one by one in their plan's chain, never changed, never half (C14)."""

import json
import shutil
import subprocess
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from exam_ops.core import drill, files, outbox
from exam_ops.core.access import actor_for
from exam_ops.core.deadlines import alarms
from exam_ops.core.errors import Invalid, StorageFull
from exam_ops.core.models import Event
from exam_ops.rules.decisions import Kind, Wish
from exam_ops.rules.evidence_review import Verdict
from incidents import sealed
from incidents.models import Evidence, EvidencePackage, Notification, PackageOrder
from incidents.services import (
    evidence_keys,
    evidence_reviews,
    package_maker,
    package_worker,
    packages,
)
from incidents.services.package_writing import OriginalLost
from tests import pictures
from tests import world as worlds
from tests.conftest import moment
from tests.incidents.evidence_scenes import owe, send
from tests.incidents.test_decisions import decide, grave, set_policy
from tests.races import at_once
from tests.verification.helpers import ask
from tests.verification.helpers import decide as settle

pytestmark = pytest.mark.django_db
S = timedelta(seconds=1)


def close(at, moment_of_close="E"):
    """The unit's close, as engine and worker carry it out; returns the packages in their chain."""
    at(moment_of_close)
    at.fire()
    return work(at)


def seal(world, at):
    """The close's order alone, carried out by the worker: without all else that the engine does then."""
    packages.order_at_close(world.site_units.values(), now=at("E"))
    return work(at)


def work(at):
    package_worker.run(lambda: at.now)
    return list(EvidencePackage.objects.order_by("plan", "number"))


def of(world, code="A1"):
    """The site's packages, the oldest first."""
    return list(EvidencePackage.objects.filter(site_unit=world.site_units[code]).order_by("number"))


def check(package):
    with files.open(package.sha256) as content:
        keys = [key.raw for key in evidence_keys.published()]
        return sealed.verify_open(content, str(package), public_keys=keys)


def inside(package, name):
    with files.open(package.sha256) as content, zipfile.ZipFile(content) as pack:
        return json.loads(pack.read(name))


@pytest.fixture
def sent(world, at):
    """Two owe a panorama; one picture names the first."""
    people = world.sittings["A1/301"]
    at("T+31m")
    owe(people[:2], now=at.now)
    return send(world.room, world.cast.proctor, now=at.now, names=people[:1])


class TestWhatIsInIt:
    def test_pictures_untouched_with_marks_reasons_and_duties_with_their_lives(self, world, at, sent):
        close(at)
        package = of(world)[0]
        assert check(package).findings == ()
        photo = inside(package, "photos.json")[0]
        assert (photo["sha256"], photo["marks"][0]["candidate"]["name"]) == (
            sent.sha256,
            world.sitting.candidate.name,
        )
        with files.open(package.sha256) as content, zipfile.ZipFile(content) as pack:
            assert pack.read(f"originals/{sent.sha256}.jpg") == pictures.jpeg()
        met, missed = inside(package, "duties.json")
        assert (met["status"], met["met_by"], missed["status"]) == ("met", str(sent.pk), "missed")
        assert [turn["kind"] for turn in missed["life"]] == ["duty.opened"]

    def test_approvals_incidents_and_decisions_of_the_site_unit(self, world, at, api, cast):
        settle(api(cast.chief), ask(api(cast.proctor), world.sitting, note="证件与本人一致").json()["id"])
        decide(world, Wish(Kind.EXTEND, minutes=10), at)
        close(at, "E+10m")
        package = of(world)[0]
        approval = inside(package, "approvals.json")[0]
        assert (approval["status"], approval["decided_by"]["name"]) == ("approved", cast.chief.name)
        assert inside(package, "incidents.json")[0]["timeline"]
        assert inside(package, "decisions.json")[0]["reason"] == "平台故障"
        assert "evidence_closes" in {row["what"] for row in inside(package, "times.json")}

    def test_no_id_number_even_where_somebody_wrote_one(self, world, at, api, cast):
        number = world.sitting.candidate.id_no
        ask(api(cast.proctor), world.sitting, note=f"身份证{number}与本人一致")
        seal(world, at)
        with files.open(of(world)[0].sha256) as content:
            whole = content.read()
        assert number.encode() not in whole
        assert "与本人一致".encode() in whole

    @pytest.mark.skipif(not shutil.which("openssl"), reason="OpenSSL is not installed")
    def test_common_tools_check_it_by_the_words_that_lie_in_it(self, world, at, sent, tmp_path):
        seal(world, at)
        with files.open(of(world)[0].sha256) as content, zipfile.ZipFile(content) as pack:
            pack.extractall(tmp_path)
        words = (tmp_path / "README.txt").read_text().splitlines()
        begin = next(n for n, line in enumerate(words) if line.startswith("  python3"))
        script = "\n".join(words[begin : begin + 5]).replace("PUBLIC_KEY", evidence_keys.current().public_key)
        said = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, capture_output=True, text=True)
        assert said.returncode == 0, said.stderr
        assert f"originals/{sent.sha256}.jpg: OK" in said.stdout
        assert "Signature Verified Successfully" in said.stdout

    def test_a_site_where_nothing_was_owed_has_one_that_says_so(self, world, at):
        assert len(seal(world, at)) == 3
        assert inside(of(world, "B1")[0], "duties.json") == []


class TestTheChain:
    def test_a_plan_s_packages_follow_each_other(self, world, at, sent):
        made = seal(world, at)
        assert [row.number for row in made] == [1, 2, 3]
        assert [row.previous for row in made] == ["", made[0].sha256, made[1].sha256]
        assert sealed.verify_chain([check(row) for row in made]) == []
        assert [f.code for f in sealed.verify_chain([check(made[0]), check(made[2])])] == ["chain_gap"]

    def test_its_rows_are_neither_changed_nor_deleted(self, world, at):
        seal(world, at)
        rows = EvidencePackage.objects.filter(number=2)
        for act in (lambda: rows.update(sha256="0" * 64), rows.delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()

    def test_one_at_a_time_is_made(self, world, at):
        packages.order_at_close(world.site_units.values(), now=at("E"))
        assert package_maker.take(now=at.now)
        assert package_maker.take(now=at.now) is None

    def test_a_drill_that_begins_anew_begins_its_chain_anew(
        self, drill_world, at, django_capture_on_commit_callbacks
    ):
        made = seal(drill_world, at)
        with django_capture_on_commit_callbacks(execute=True):
            drill.reset(drill_world.plan, to=moment("T-1h"), now=at.now, actor=None)
        assert not EvidencePackage.objects.exists()
        assert not any(files.exists(row.sha256) for row in made)


class TestSuperseding:
    def test_evidence_that_was_reopened_is_sealed_again_and_nothing_is_overwritten(self, world, at, sent):
        set_policy(world, evidence_may_reopen=True)
        close(at)
        at("E+10m")
        wish = Wish(Kind.REOPEN_EVIDENCE, evidence_until=moment("E+1h"))
        decide(world, wish, at, incident=grave(world, at))
        at("E+20m")
        send(world.room, world.cast.proctor, now=at.now, names=world.sittings["A1/301"][1:2], colour="red")
        close(at, "E+1h")
        first, second = of(world)
        assert (second.cause, second.supersedes, second.number) == ("reopened", first, 4)
        assert [len(inside(row, "photos.json")) for row in (first, second)] == [1, 2]
        manifest = check(second).manifest
        assert manifest["supersedes"] == {"number": first.number, "sha256": first.sha256}
        assert check(first).findings == check(second).findings == ()

    def test_reviews_after_the_close_are_told_by_one_more_once_they_have_settled(self, world, at, sent):
        seal(world, at)
        chief = actor_for(world.cast.chief, now=at.now)
        row = Evidence.objects.select_related(*evidence_reviews.RELATED).get(pk=sent.pk)
        evidence_reviews.give(
            row, evidence_reviews.Said(Verdict.DOUBTFUL, "看不清"), actor=chief, now=at("E+1m")
        )
        order = PackageOrder.objects.get(state="waiting")
        assert order.due_at == at.now + packages.SETTLE
        assert not package_maker.is_waiting(now=order.due_at - S)
        at.now = order.due_at
        package_worker.run(lambda: at.now)
        assert of(world)[1].cause == "changed"
        assert inside(of(world)[1], "reviews.json")[0]["note"] == "看不清"

    def test_a_late_change_orders_one_from_the_close_on_and_where_there_is_one_already(self, world, at):
        packages.order_after_change([world.site_unit], now=moment("E"))
        assert not PackageOrder.objects.exists()  # nothing was sealed that it could differ from
        seal(world, at)
        packages.order_after_change([world.site_unit], now=moment("E") - S)
        assert not PackageOrder.objects.filter(state="waiting").exists()
        for seconds in (0, 1):  # the second is told by the same package
            packages.order_after_change([world.site_unit], now=moment("E") + seconds * S)
        assert PackageOrder.objects.get(state="waiting").due_at == moment("E") + packages.SETTLE

    def test_headquarters_ask_with_a_reason_after_the_close(self, world, at):
        hq, site_unit = actor_for(world.cast.hq, now=at.now), world.site_unit
        with pytest.raises(packages.EvidenceStillOpen):
            packages.ask_again(site_unit, reason="x", actor=hq, now=moment("E") - S)
        seal(world, at)
        with pytest.raises(Invalid):
            packages.ask_again(site_unit, reason=" ", actor=hq, now=at.now)
        packages.ask_again(site_unit, reason="补充说明", actor=hq, now=at.now)
        package_worker.run(lambda: at.now)
        assert check(of(world)[1]).manifest["reason"] == "补充说明"
        kinds = Event.objects.filter(site_unit=site_unit, kind__startswith="package.").order_by("pk")
        assert list(kinds.values_list("kind", flat=True)) == [
            "package.sealed",
            "package.asked",
            "package.sealed",
        ]


class TestWhatGoesWrong:
    def test_killed_between_file_and_row_it_is_made_again_and_once(self, world, at, monkeypatch, settings):
        packages.order_at_close(world.site_units.values(), now=at("E"))

        def killed(writing):
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(package_maker, "_write", killed)
            with pytest.raises(SystemExit):
                package_worker.run(lambda: at.now)
        assert not EvidencePackage.objects.exists()
        at.now += package_maker.LEASE - S
        assert package_worker.run(lambda: at.now) == 0
        at.now += S
        assert package_worker.run(lambda: at.now) == 3
        made = list(EvidencePackage.objects.all())
        assert [row.number for row in made] == [1, 2, 3]
        stored = {file.name for file in Path(settings.FILES_DIR).glob("??/??/*")}
        assert stored == {row.sha256 for row in made}

    def test_who_was_thought_dead_writes_nothing(self, world, at):
        packages.order_at_close(world.site_units.values(), now=at("E"))
        stalled = package_maker.take(now=at.now)
        at.now += package_maker.LEASE
        again = package_maker.take(now=at.now)
        assert (again.pk, again.attempts) == (stalled.pk, 2)
        with pytest.raises(package_maker.LostTurn):
            package_maker.make(stalled, lambda: at.now)
        package_maker.make(again, lambda: at.now)
        assert EvidencePackage.objects.count() == 1

    def test_a_full_disk_leaves_no_half_and_the_next_try_makes_it(self, world, at, monkeypatch):
        packages.order_at_close(world.site_units.values(), now=at("E"))
        with monkeypatch.context() as patch:
            patch.setattr(files.Incoming, "keep", lambda self: (_ for _ in ()).throw(StorageFull()))
            assert package_worker.run(lambda: at.now) == 0
        assert set(PackageOrder.objects.values_list("failed_code", flat=True)) == {"storage_full"}
        at.now += timedelta(seconds=30)
        assert package_worker.run(lambda: at.now) == 3

    @pytest.mark.parametrize("how", ["lost", "damaged"])
    def test_an_original_that_is_gone_calls_people_until_headquarters_do_without(self, world, at, sent, how):
        file = files.path(sent.sha256)
        file.chmod(0o600)
        file.unlink() if how == "lost" else file.write_bytes(b"\xff\xd8\xff another")
        seal(world, at)
        for _ in range(2):
            at.now = PackageOrder.objects.get(state="waiting").due_at
            package_worker.run(lambda: at.now)
        order = PackageOrder.objects.get(state="waiting")
        assert (order.failed_code, order.error) == (f"original_{how}", sent.sha256)
        assert [(alarm.kind, alarm.is_called) for alarm in alarms.failing()] == [("package", True)]
        hq = actor_for(world.cast.hq, now=at.now)
        packages.ask_again(world.site_unit, reason="备份也没有", without_lost=True, actor=hq, now=at.now)
        package_worker.run(lambda: at.now)
        package = of(world)[0]
        assert package.lost == check(package).manifest["lost"] == [sent.sha256]
        assert inside(package, "photos.json")[0]["sha256"] == sent.sha256
        assert check(package).findings == ()

    def test_headquarters_hear_of_it_once(self, world, at, sent):
        site_unit = world.site_unit
        packages.order_at_close([site_unit], now=at.now)
        for n in range(5):
            order = package_maker.take(now=at.now + n * timedelta(hours=1))
            package_maker.put_off(order, OriginalLost("0" * 64), now=at.now + n * timedelta(hours=1))
        outbox.drain(now=at.now + timedelta(days=1))
        assert Notification.objects.filter(event="package.failed", user=world.cast.hq).count() == 1

    def test_a_later_order_takes_the_place_of_one_that_failed(self, world, at):
        packages.order_at_close([world.site_unit], now=at.now)
        order = package_maker.take(now=at.now)
        packages.order_at_close([world.site_unit], now=at.now)
        package_maker.put_off(order, OSError("x"), now=at.now)
        assert list(PackageOrder.objects.order_by("pk").values_list("state", flat=True)) == [
            "dropped",
            "waiting",
        ]


def test_memory_does_not_grow_with_the_pictures(world, at):
    for n in range(10):
        content = b"\xff\xd8\xff" + bytes([n]) * (4 * 2**20)
        at("T+31m")
        send(world.room, world.cast.proctor, now=at.now, photo=content)
    packages.order_at_close([world.site_unit], now=at("E"))
    order = package_maker.take(now=at.now)
    tracemalloc.start()
    package = package_maker.make(order, lambda: at.now)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert package.size > 40 * 2**20
    assert peak < 6 * 2**20


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_makers_at_once_make_every_package_once_and_one_chain(transactional_db, at):
    world = worlds.build()
    packages.order_at_close(world.site_units.values(), now=at.now)
    made = at_once(*[lambda: package_worker.run(lambda: at.now)] * 4)
    while package_maker.is_waiting(now=at.now):  # whoever found the plan taken went home
        made.append(package_worker.run(lambda: at.now))
    rows = list(EvidencePackage.objects.order_by("number"))
    assert sum(made) == len(rows) == 3
    assert sealed.verify_chain([check(row) for row in rows]) == []
