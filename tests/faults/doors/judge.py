"""The judge of races: what callers were told must have some order, and the database must say the same as they.

Nothing here asks the services; what should be follows from the facts that stand in the tables.
"""

from collections import Counter, defaultdict

from exam_ops.core.models import Event, RoomSession, Sitting
from exam_ops.rules.entry import MAY_SIT, Entry
from incidents.models import EvidenceDuty
from tests import entry_model as model
from tests.faults.checks import Checks, Wrong
from tests.faults.doors.standing import Races
from verification.models import PhoneTally, SignIn

FINAL = ("approved", "rejected", "withdrawn", "expired")
OPEN = EvidenceDuty.Status.OPEN


CHECKS = Checks[Races]()
check, read = CHECKS.check, CHECKS.read


@check("calls that broke")
def broken(races: Races) -> tuple[int, Wrong]:
    made = sum(len(meet.calls) for meet in races.meets)
    errors = [f"{races.meets[one.meet].kind}: {one.error}" for one in races.said if one.error]
    return made, [*errors, *["a call without an answer"] * (made - len(races.said))]


@check("races whose answers and end no order explains")
def unexplained(races: Races) -> tuple[int, Wrong]:
    wrong = []
    for race in races.races:
        if model.explain(race.start, race.dones, end=races.end(race.sitting)) is None:
            wrong.append(f"{race.meet.kind}: sitting {race.sitting}")
    return len(races.races), wrong


@check("decisions without one winner, named with the time to all others")
def decisions(races: Races) -> tuple[int, Wrong]:
    rows = {str(r.pk): r for found in races.requests.values() for r in found}
    won: Counter[str] = Counter()
    wrong: list[object] = []
    asked = 0
    for one in races.said:
        call = races.meets[one.meet].calls[one.call]
        if call.do != "decide" or one.error:
            continue
        for request, answer in zip(call.requests, one.told, strict=True):
            row, asked = rows[request], asked + 1
            won[request] += answer[0] == "decided"
            decided_at = row.decided_at.isoformat() if row.decided_at else None
            by = row.decided_by.name if row.decided_by else ""
            if answer[0] == "already_decided" and answer[1:] != [row.status, by, decided_at]:
                wrong.append(request)
    decided = [id for id, r in rows.items() if r.status in ("approved", "rejected") and id in won]
    wrong += [id for id in decided if won[id] != 1]
    return asked, [*wrong, *(id for id, times in won.items() if times and id not in decided)]


@check("checks sent and not kept once with all that they say")
def lost(races: Races) -> tuple[int, Wrong]:
    """Under its id stands the first; one of another content that came under the same id stands aside."""
    aside: Counter[str] = Counter()
    kept: dict[str, SignIn] = {}
    for rows in races.kept.values():
        for row in rows:
            if row.code == "id_reused":
                aside[row.reported_id.strip("'")] += 1  # kept as a literal
            else:
                kept[str(row.pk)] = row
    sent, others = _sent(races)
    wrong: list[object] = [id for id in sent if id not in kept]
    wrong += [id for id in kept if id not in sent]
    wrong += [id for id, contents in others.items() if aside[id] != len(contents)]
    return len(sent), wrong


def _sent(races: Races) -> tuple[set[str], dict[str, set[tuple[str, str, str]]]]:
    """The ids of all checks that were answered; for those told `id_reused`, what came under it."""
    sent: set[str] = set()
    others: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for one in races.said:
        call = races.meets[one.meet].calls[one.call]
        if call.do == "check" and not one.error:
            for item, captured, answer in zip(call.items, one.captured, one.told, strict=True):
                sent.add(item["id"])
                if answer[1] == "id_reused":
                    others[item["id"]].add((captured, str(item["score"]), str(item["device_seq"])))
    return sent, others


@check("candidates signed in by no check or by two")
def effective(races: Races) -> tuple[int, Wrong]:
    wrong = []
    for pk, person in races.people.items():
        lets_in = [row for row in races.kept[pk] if row.effective]
        if len(lets_in) != (person.entry_status == Entry.SIGNED_IN):
            wrong.append(pk)
    return len(races.people), wrong


@check("room counters that differ from their candidates")
def counters(races: Races) -> tuple[int, Wrong]:
    sessions = RoomSession.objects.filter(pk__in={p.room_session_id for p in races.people.values()})
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for person in Sitting.objects.filter(room_session__in=sessions):
        counted = found[person.room_session_id or 0]
        counted[person.entry_status] += 1
        counted["registered"] += 1
        counted["emergency"] += person.emergency
        counted["failed_only"] += bool(person.failed_attempts) and person.entry_status not in MAY_SIT
    names = (
        "registered",
        "signed_in",
        "pending",
        "approved",
        "rejected",
        "absent",
        "emergency",
        "failed_only",
    )
    wrong = [
        f"room {session.pk}: {name} {getattr(session, name)}, not {found[session.pk][name]}"
        for session in sessions
        for name in names
        if getattr(session, name) != found[session.pk][name]
    ]
    return len(sessions) * len(names), wrong


@check("failed checks miscounted on their candidate")
def failures(races: Races) -> tuple[int, Wrong]:
    wrong = []
    for pk, person in races.people.items():
        failed = sum(row.outcome == "failed" and not row.code for row in races.kept[pk])
        if failed != person.failed_attempts:
            wrong.append(pk)
    return len(races.people), wrong


@check("approvals without one duty, duties or marks without one")
def duties(races: Races) -> tuple[int, Wrong]:
    wrong = []
    approvals = 0
    for pk, person in races.people.items():
        approved = sum(r.status == "approved" for r in races.requests[pk])
        approvals += approved
        owed = [d for d in races.duties[pk] if d.status == OPEN]
        if len(races.duties[pk]) != approved or person.emergency != bool(owed):
            wrong.append(pk)
    return approvals, wrong


@check("checks and requests without one event row, or the reverse")
def events(races: Races) -> tuple[int, Wrong]:
    rows = Event.objects.filter(sitting__in=races.people).exclude(subject="")
    said = Counter(rows.values_list("kind", "subject"))
    must: Counter[tuple[str, str]] = Counter()
    for checks in races.kept.values():
        for row in checks:
            what = "rejected" if row.code else "late" if row.late else row.outcome
            must[f"sign_in.{what}", str(row.pk)] += 1
    laid = {asked.id: asked.status for meet in races.meets for asked in meet.asked}
    for requests in races.requests.values():
        for request in requests:
            before = laid.get(str(request.pk))
            if before is None:
                must["entry.requested", str(request.pk)] += 1
            if request.status in FINAL and request.status != before:
                must[f"entry.{request.status}", str(request.pk)] += 1
    return sum(must.values()), [*(said - must), *(must - said)]


@check("event rows that name another check effective")
def let_in(races: Races) -> tuple[int, Wrong]:
    rows = Event.objects.filter(sitting__in=races.people, kind__startswith="sign_in.", data__effective=True)
    said = set(rows.values_list("subject", flat=True))
    return len(said), said ^ {
        str(row.pk) for checks in races.kept.values() for row in checks if row.effective
    }


@check("duty events that differ from the duties")
def duty_events(races: Races) -> tuple[int, Wrong]:
    rows = Event.objects.filter(sitting__in=races.people, kind__startswith="duty.")
    said = Counter(rows.values_list("kind", "sitting_id"))
    must = Counter(("duty.opened", pk) for pk, owed in races.duties.items() for _ in owed)
    must += Counter(
        ("duty.dropped", pk) for pk, owed in races.duties.items() for d in owed if d.status != OPEN
    )
    return sum(must.values()), [*(said - must), *(must - said)]


@check("phones' own counts that are not the greatest told")
def tallies(races: Races) -> tuple[int, Wrong]:
    must: dict[tuple[int, str], int] = {}
    for one in races.said:
        call = races.meets[one.meet].calls[one.call]
        phones = {item["device_id"] for item in call.items}
        if call.last_seq is not None and len(phones) == 1 and not one.error:
            room = races.people[call.items[0]["sitting"]].room_session_id or 0
            key = room, phones.pop()
            must[key] = max(must.get(key, 0), call.last_seq)
    rows = PhoneTally.objects.filter(room_session__in={room for room, _ in must}, last_seq__gt=0)
    found = {(row.room_session_id, row.device_id): row.last_seq for row in rows}
    return len(must), [key for key in must.keys() | found.keys() if must.get(key) != found.get(key)]
