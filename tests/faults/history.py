"""The checker: reads the database and what the receiver took, and says what was lost, doubled, early or stuck.

It leans on the rules alone for what should have happened (`due_times`), never on the engine. Each check
returns how many things it looked at and the names of those that are wrong.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from django.db import connection
from django.db.models import F

from exam_ops.core import stray_files
from exam_ops.core.models import (
    DeadlineRecord,
    Effect,
    Event,
    OutboxMessage,
    RoomSession,
    SiteUnit,
    Sitting,
)
from exam_ops.rules.deadlines import due_times
from incidents.models import (
    Delivery,
    Evidence,
    EvidenceDuty,
    EvidencePackage,
    Incident,
    LadderStep,
    Notification,
)
from tests.faults import receiver
from tests.faults.checks import Checks, Wrong
from tests.faults.plant import witness
from verification.models import EntryRequest, SignIn

GRACE = timedelta(seconds=5)  # what came due this late need not be carried out yet
SKIPPED = DeadlineRecord.Outcome.SKIPPED
FAILED = DeadlineRecord.Outcome.FAILED


@dataclass
class History:
    """What is looked at: the database as it stands, the receiver's file, the stored files, and until when."""

    until: datetime
    received: Path | None = None
    files: Path | None = None

    @cached_property
    def calls(self) -> list[receiver.Call]:
        return receiver.read(self.received) if self.received else []

    @cached_property
    def records(self) -> dict[tuple[int, str], list[DeadlineRecord]]:
        found = defaultdict(list)
        for record in DeadlineRecord.objects.all():
            found[record.site_unit_id, record.deadline].append(record)
        return found

    @cached_property
    def due(self) -> dict[tuple[int, str], datetime]:
        """What the rules say has come due, with its real instant, for each site unit."""
        return {
            (site_unit.pk, due.key): at
            for site_unit in SiteUnit.objects.select_related("unit__plan")
            for due in due_times(site_unit.start, site_unit.end, paper_minutes=site_unit.paper_minutes)
            if (at := site_unit.unit.plan.real_time(due.at)) <= self.until - GRACE
        }


CHECKS = Checks[History]()
check, read = CHECKS.check, CHECKS.read


# --- deadlines ------------------------------------------------------------------------------------


@check("deadlines lost: due and no record")
def lost(history: History) -> tuple[int, Wrong]:
    return len(history.due), [what for what in history.due if what not in history.records]


@check("deadlines doubled: two records of one generation, or handled twice")
def doubled(history: History) -> tuple[int, Wrong]:
    said = Counter(OutboxMessage.objects.filter(kind=witness.KIND).values_list("payload__what", flat=True))
    return len(said), [what for what, times in said.items() if times > 1]


@check("deadlines recorded without being handled, or handled without a record")
def unhandled(history: History) -> tuple[int, Wrong]:
    said = set(OutboxMessage.objects.filter(kind=witness.KIND).values_list("payload__what", flat=True))
    kept = {
        witness.what(r.site_unit_id, r.deadline, r.generation)
        for records in history.records.values()
        for r in records
        if r.outcome not in (SKIPPED, FAILED)
    }
    return len(kept), (said ^ kept) if said else []


@check("deadlines early: fired before their instant")
def early(history: History) -> tuple[int, Wrong]:
    fired = [r for rs in history.records.values() for r in rs if r.fired_at and r.outcome != SKIPPED]
    return len(fired), [r for r in fired if r.fired_at and r.fired_at < r.due_at]


@check("deadlines at another instant than the rules'")
def elsewhere(history: History) -> tuple[int, Wrong]:
    held = [(r, history.due[w]) for w, rs in history.records.items() if w in history.due for r in rs[-1:]]
    return len(held), [record for record, at in held if record.due_at != at]


@check("deadlines put aside for good")
def put_aside(history: History) -> tuple[int, Wrong]:
    stuck = DeadlineRecord.objects.filter(
        retry_at__lte=history.until - GRACE
    ) | DeadlineRecord.objects.filter(outcome=FAILED, retry_at=None)
    return DeadlineRecord.objects.exclude(attempts=1).count(), stuck


@check("site units whose next instant has passed")
def stale(history: History) -> tuple[int, Wrong]:
    rows = SiteUnit.objects.filter(next_due_at__lte=history.until - GRACE)
    return SiteUnit.objects.count(), rows.values_list("pk", flat=True)


@check("firings before their instant by the commit's own stamp")
def committed_early(history: History) -> tuple[int, Wrong]:
    """The stamp of a row's last write: a record fired too early shows unless it was retried later."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW track_commit_timestamp")
        if cursor.fetchone()[0] != "on":
            return 0, []
        cursor.execute("SELECT count(*) FROM core_deadlinerecord WHERE outcome IN ('fired', 'late')")
        count = cursor.fetchone()[0]
        cursor.execute(
            "SELECT id FROM core_deadlinerecord WHERE outcome IN ('fired', 'late')"
            " AND pg_xact_commit_timestamp(xmin) < due_at"
        )
        return count, [pk for (pk,) in cursor.fetchall()]


# Checks that the machine's own clock decides: they say nothing while the database's is stepped.
BY_STAMP = ("firings before their instant by the commit's own stamp",)


# --- effects --------------------------------------------------------------------------------------


@check("effects undone")
def undone(history: History) -> tuple[int, Wrong]:
    rows = Effect.objects.filter(done_at=None, asked_at__lte=history.until - GRACE)
    return Effect.objects.count(), rows


@check("effects carried out twice: close of entry told twice")
def twice(history: History) -> tuple[int, Wrong]:
    asked = Counter(Effect.objects.filter(kind="close_entry").values_list("site_unit_id", flat=True))
    told = Counter(Event.objects.filter(kind="entry.closed").values_list("site_unit_id", flat=True))
    return sum(told.values()), [pk for pk, times in told.items() if times > asked[pk]]


@check("room counters that differ from their sittings")
def counters(history: History) -> tuple[int, Wrong]:
    absent = Counter(Sitting.objects.filter(entry_status="absent").values_list("room_session_id", flat=True))
    rows = RoomSession.objects.values_list("pk", "absent")
    return len(rows), [pk for pk, counted in rows if counted != absent[pk]]


@check("evidence duties open after the close")
def duties(history: History) -> tuple[int, Wrong]:
    rows = EvidenceDuty.objects.filter(
        status="open",
        room_session__site_unit__evidence_closes_at__lte=history.until - GRACE,
        room_session__site_unit__evidence_closes_at__gt=F("opened_at"),
    )
    return EvidenceDuty.objects.count(), rows


# --- messages -------------------------------------------------------------------------------------


@check("messages unsent")
def unsent(history: History) -> tuple[int, Wrong]:
    rows = OutboxMessage.objects.filter(sent_at=None, created_at__lte=history.until - GRACE)
    return OutboxMessage.objects.count(), rows


@check("messages marked sent that the receiver never had")
def not_received(history: History) -> tuple[int, Wrong]:
    if history.received is None:
        return 0, []
    sent = OutboxMessage.objects.filter(kind=witness.KIND, sent_at__isnull=False)
    keys = list(sent.values_list("key", flat=True))
    keys += Delivery.objects.filter(status=Delivery.Status.DELIVERED).values_list("key", flat=True)
    had = {call.key for call in history.calls}
    return len(keys), [key for key in keys if key not in had]


@check("channel messages neither delivered nor given up, or given up though the receiver stands")
def deliveries(history: History) -> tuple[int, Wrong]:
    rows = Delivery.objects.exclude(status=Delivery.Status.DELIVERED)
    return Delivery.objects.count(), rows.filter(created_at__lte=history.until - GRACE)


@check("repeats at the receiver that honours the key")
def repeats(history: History) -> tuple[int, Wrong]:
    took = Counter(call.body for call in history.calls if call.first)
    return sum(took.values()), [body for body, times in took.items() if times > 1]


@check("messages at the receiver that the database does not know")
def invented(history: History) -> tuple[int, Wrong]:
    known = set(OutboxMessage.objects.values_list("key", flat=True))
    keys = {call.key for call in history.calls}
    return len(keys), keys - known


@check("inbox messages sent and not laid into each inbox once")
def inboxes(history: History) -> tuple[int, Wrong]:
    laid = Counter(Notification.objects.values_list("key", "user_id"))
    sent = OutboxMessage.objects.filter(kind="inbox", sent_at__isnull=False).values_list("key", "payload")
    owed = [(key, user) for key, payload in sent for user in payload["users"]]
    return len(owed), [each for each in owed if laid[each] != 1]


# --- incidents ------------------------------------------------------------------------------------


@check("incidents whose ladder stands still")
def ladders(history: History) -> tuple[int, Wrong]:
    rows = Incident.objects.exclude(status="resolved").filter(
        next_due_at__lte=history.until - GRACE, failures=0
    )
    return Incident.objects.count(), rows


@check("ladder steps that told people and have no message")
def silent_steps(history: History) -> tuple[int, Wrong]:
    steps = LadderStep.objects.filter(recipients__gt=0)
    told = set(OutboxMessage.objects.filter(kind="inbox").values_list("payload__incident", flat=True))
    return len(steps), [step for step in steps if step.incident_id not in told]


# --- files ----------------------------------------------------------------------------------------


@check("rows without their file, files without a row")
def files(history: History) -> tuple[int, Wrong]:
    if history.files is None:
        return 0, []
    named = set(Evidence.objects.values_list("sha256", flat=True))
    named |= set(EvidencePackage.objects.values_list("sha256", flat=True))
    for model in (SignIn, EntryRequest):
        named |= set(model.objects.exclude(photo="").values_list("photo", flat=True))
    stored = {p.name for p in history.files.glob("??/??/*")}
    astray = stored - stray_files.named(stored)
    return len(stored), [*(f"no file {n}" for n in named - stored), *(f"no row {n}" for n in astray)]
