"""The checker of `make chaos` finds what is planted: a check that can't fail is none."""

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from exam_ops.core import files, outbox
from exam_ops.core.deadlines import engine
from exam_ops.core.models import (
    DeadlineRecord,
    Effect,
    Event,
    OutboxMessage,
    RoomSession,
    SiteUnit,
    Sitting,
)
from incidents.models import Channel, Delivery, EvidenceDuty, Incident, LadderStep, Notification
from tests import world as worlds
from tests.conftest import moment, nothing_stays
from tests.faults import history
from tests.faults.plant import witness

pytestmark = pytest.mark.postgres_only
NOW = moment("E+26h")
SECOND = timedelta(seconds=1)


class Run:
    """A finished run without a fault: everything fired, handled, sent and received once."""

    def __init__(self, folder: Path) -> None:
        self.received, self.folder = folder / "received.jsonl", folder / "files"
        self.world = worlds.build(now=moment("T-9d"))
        for step in ("T-7d", "T-2h", "T-5m", "T+31m", "E", "E+25h"):
            engine.sweep(now=moment(step))
        Incident.objects.update(next_due_at=None)
        for record in DeadlineRecord.objects.exclude(outcome="skipped"):
            self.say(witness.what(record.site_unit_id, record.deadline, record.generation))
        outbox.drain(now=NOW, limit=10_000)
        OutboxMessage.objects.update(sent_at=NOW)

    def say(self, what: str) -> None:
        """One deadline handled, told and received."""
        key, at = f"{what}:{uuid.uuid4()}", moment("E")
        OutboxMessage.objects.create(
            kind=witness.KIND, key=key, payload={"what": what}, created_at=at, due_at=at, sent_at=at
        )
        self.receive(key, what)

    def receive(self, key: str, body: str, *, first: bool = True) -> None:
        with self.received.open("a") as file:
            file.write(json.dumps({"at": 0.0, "key": key, "body": body, "first": first}) + "\n")

    def wrong(self) -> list[str]:
        """The checks that find something."""
        rows = history.read(history.History(until=NOW, received=self.received, files=self.folder))
        return [row.what for row in rows if not row.is_ok]

    @contextmanager
    def nothing_stays(self) -> Iterator[None]:
        received = self.received.read_bytes()
        with nothing_stays():
            yield
        self.received.write_bytes(received)
        shutil.rmtree(self.folder / "files", ignore_errors=True)

    @property
    def record(self) -> DeadlineRecord:
        return DeadlineRecord.objects.filter(deadline="escalation").earliest("pk")

    @property
    def told(self) -> str:
        return witness.what(self.record.site_unit_id, "escalation", 0)


@pytest.fixture
def run(db, at, settings, tmp_path: Path) -> Run:
    settings.FILES_DIR = tmp_path / "files"
    at.now = NOW
    return Run(tmp_path)


def unsay(run: Run) -> None:
    OutboxMessage.objects.filter(kind=witness.KIND, payload__what=run.told).delete()


def forget(run: Run) -> None:
    DeadlineRecord.objects.filter(pk=run.record.pk).delete()


def change(model, **fields) -> Callable[[Run], None]:
    def plant(run: Run) -> None:
        row = model.objects.earliest("pk")
        model.objects.filter(pk=row.pk).update(**fields)

    return plant


def of_record(**fields) -> Callable[[Run], None]:
    return lambda run: DeadlineRecord.objects.filter(pk=run.record.pk).update(**fields) and None


def step_in_silence(run: Run) -> None:
    incident = Incident.objects.create(
        type="NET", grade=3, site_unit=run.world.site_unit, number="1", opened_at=NOW
    )
    LadderStep.objects.create(incident=incident, level="site", told_at=NOW, result="told", recipients=2)


def standing_ladder(run: Run) -> None:
    Incident.objects.create(
        type="NET", grade=3, site_unit=run.world.site_unit, number="1", opened_at=NOW, next_due_at=moment("T")
    )


def undelivered(run: Run) -> None:
    channel = Channel.objects.create(name="x", kind="webhook", level="hq", address="x", changed_at=NOW)
    Delivery.objects.create(
        key="x",
        channel=channel,
        channel_name="x",
        kind="webhook",
        event="x",
        title={},
        created_at=moment("T"),
    )


def open_duty(run: Run) -> None:
    EvidenceDuty.objects.create(room_session=run.world.room, cause="C5", opened_at=moment("T"))


def inbox_twice_lost(run: Run) -> None:
    users = [run.world.cast.chief.pk]
    OutboxMessage.objects.create(
        kind="inbox", key="x", payload={"users": users}, created_at=NOW, due_at=NOW, sent_at=NOW
    )
    Notification.objects.filter(key="x").delete()


PLANTED = {
    "deadlines lost": (forget, {"lost", "without being handled"}),
    "deadlines doubled": (lambda run: run.say(run.told), {"doubled", "repeats"}),
    "handled and not recorded": (forget, {"lost", "without being handled"}),
    "recorded and not handled": (unsay, {"without being handled", "does not know"}),
    "early": (of_record(fired_at=F("due_at") - SECOND), {"early: fired"}),
    "elsewhere": (of_record(due_at=F("due_at") - SECOND), {"another instant"}),
    "put aside": (of_record(outcome="failed", retry_at=moment("T")), {"put aside", "without being handled"}),
    "stale": (change(SiteUnit, next_due_at=moment("T")), {"next instant has passed"}),
    "undone": (change(Effect, done_at=None), {"effects undone"}),
    "twice": (
        lambda run: Event.objects.create(kind="entry.closed", at=NOW, site_unit=run.world.site_unit) and None,
        {"carried out twice"},
    ),
    "counters": (change(RoomSession, absent=99), {"room counters"}),
    "sittings": (change(Sitting, entry_status="approved"), {"room counters"}),
    "duties": (open_duty, {"evidence duties"}),
    "unsent": (change(OutboxMessage, sent_at=None), {"messages unsent"}),
    "not received": (lambda run: run.received.write_text(""), {"never had"}),
    "repeated": (lambda run: run.receive("another", run.told), {"repeats", "does not know"}),
    "invented": (lambda run: run.receive("another", "another"), {"does not know"}),
    "undelivered": (undelivered, {"neither delivered"}),
    "inbox": (inbox_twice_lost, {"inbox messages"}),
    "ladder": (standing_ladder, {"ladder stands still"}),
    "silent step": (step_in_silence, {"ladder steps"}),
    "orphan file": (lambda run: files.save(b"nobody's") and None, {"files without a row"}),
}


def test_a_run_without_a_fault_is_found_so(run):
    assert run.wrong() == []
    assert DeadlineRecord.objects.exclude(outcome="skipped").count() > 50


def test_what_is_planted_is_found_and_nothing_else(run, subtests):
    """One run for all: its deadlines take seconds, and what is planted is taken out again."""
    for name, (plant, must) in PLANTED.items():
        with subtests.test(name), run.nothing_stays():
            plant(run)
            wrong = run.wrong()
            assert len(wrong) == len(must)
            assert all(any(part in what for what in wrong) for part in must), wrong


@pytest.mark.django_db(transaction=True)  # the stamp comes with a commit
def test_what_was_committed_before_its_instant_is_found(at):
    at.now = NOW
    site_unit = worlds.build(now=moment("T-9d")).site_unit
    later = NOW + timedelta(days=365 * 50)
    DeadlineRecord.objects.create(
        site_unit=site_unit, deadline="x", generation=0, due_at=later, fired_at=later, outcome="fired"
    )
    count, wrong = history.committed_early(history.History(until=NOW))
    assert (count, len(list(wrong))) == (1, 1)


def test_a_second_call_under_the_same_key_is_no_repeat(run):
    key = OutboxMessage.objects.filter(kind=witness.KIND, payload__what=run.told).get().key
    run.receive(key, run.told, first=False)
    assert run.wrong() == []


def test_every_check_has_something_planted_against_it():
    found = {part for _, must in PLANTED.values() for part in must} | {"commit's own stamp"}
    assert [what for what in history.CHECKS if not any(part in what for part in found)] == []
