"""Candidates, site units, room sessions, sittings, and the counters of those registered."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, Model

from exam_ops.core import schedule
from exam_ops.core.fields import blind_index
from exam_ops.core.models import Candidate, RoomSession, SiteUnit, Sitting
from exam_ops.office.loading.book import Key, Row
from exam_ops.office.loading.known import chunks
from exam_ops.office.loading.writing.state import BATCH, Wish, Writing, save, upsert
from exam_ops.rules.entry import Entry
from exam_ops.rules.text import Text

SHEET = "考生编排"
UNTOUCHED = {
    "entry_status": Entry.NOT_SIGNED_IN.value,
    "emergency": False,
    "failed_attempts": 0,
    "late": False,
    "has_client_session": False,
    "client_refused": False,
}
HAS_FACTS = Text(
    "该考生在本单元已有签到、审批或客户端记录，不能再由工作簿改动。请恢复原值，或在应急事件中办理。",
    "This sitting has a sign-in, approval or client record; a workbook can't change it. Put the old value back.",
)


def write_candidates(w: Writing) -> None:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in w.book[SHEET]:
        rows[row["student_no"]].append(row)
    stored = {
        (c.student_no,): c
        for part in chunks(rows)
        for c in Candidate.objects.filter(student_no__in=part).defer("id_no")
    }
    wishes = {(number,): Wish(_candidate(w, number, of[0]), of) for number, of in rows.items()}
    candidates = upsert(w, Candidate, wishes, stored, follows={"id_no": "id_no_index"})
    w.candidates = {key[0]: candidate for key, candidate in candidates.items()}
    w.album.counts.missing = sum(not c.photo for c in w.candidates.values())


def _candidate(w: Writing, student_no: str, row: Row) -> dict[str, Any]:
    photo = w.album.hash_of(student_no)
    return {
        "student_no": student_no,
        "name": row["name"],
        "id_no": row["id_no"],
        "id_no_index": blind_index(row["id_no"]),
        "centre_id": w.centres[row["centre"]].pk,
        **({"photo": photo} if photo else {}),
    }


def write_site_units(w: Writing) -> None:
    """One site unit for each site and unit where somebody sits or stands on the roster."""
    minutes: dict[Key, set[int]] = defaultdict(set)
    for row in (*w.book[SHEET], *w.book["监考编排"]):
        place = (w.sites[row["site"]].pk, w.units[row["plan"], row["unit"]].pk)
        minutes[place] |= {w.papers[row["plan"], row["paper_no"]].minutes} if row.sheet == SHEET else set()
    stored = SiteUnit.objects.filter(unit__in=[u.pk for u in w.units.values()]).select_related("unit")
    w.site_units = {(s.site_id, s.unit_id): s for s in stored}
    units = {unit.pk: (unit, w.plans[code]) for (code, _), unit in w.units.items()}
    fresh: dict[int, list[SiteUnit]] = defaultdict(list)
    for site_id, unit_id in sorted(minutes.keys() - w.site_units.keys()):
        unit, plan = units[unit_id]
        lengths = sorted(minutes[site_id, unit_id])
        fresh[plan.pk].append(
            SiteUnit(site_id=site_id, unit=unit, start=unit.start, end=unit.end, paper_minutes=lengths)
        )
    plans = {plan.pk: plan for plan in w.plans.values()}
    for plan_id, site_units in fresh.items():
        for site_unit in schedule.create(site_units, plans[plan_id], now=w.now):
            w.site_units[site_unit.site_id, site_unit.unit_id] = site_unit
            w.new_site_units.add(site_unit.pk)


def write_sessions(w: Writing) -> dict[Key, RoomSession]:
    """Room sessions by (site unit, room), for sittings and rosters."""
    needed = {
        (site_unit_of(w, row).pk, w.rooms[row["site"], row["room"]].pk)
        for row in (*w.book[SHEET], *w.book["监考编排"])
        if row.has("room")
    }
    stored = {
        (s.site_unit_id, s.room_id): s
        for part in chunks(s.pk for s in w.site_units.values())
        for s in RoomSession.objects.filter(site_unit__in=part)
    }
    fresh = [
        RoomSession(site_unit_id=site_unit, room_id=room)
        for site_unit, room in sorted(needed - stored.keys())
    ]
    RoomSession.objects.bulk_create(fresh, batch_size=BATCH)
    return stored | {(s.site_unit_id, s.room_id): s for s in fresh}


def site_unit_of(w: Writing, row: Row) -> SiteUnit:
    return w.site_units[w.sites[row["site"]].pk, w.units[row["plan"], row["unit"]].pk]


def write_sittings(w: Writing, sessions: dict[Key, RoomSession]) -> None:
    unit_of = {s.pk: s.unit_id for s in w.site_units.values()}
    stored = {
        (s.candidate_id, unit_of[s.site_unit_id]): s
        for part in chunks(unit_of)
        for s in Sitting.objects.filter(site_unit__in=part)
    }
    wishes: dict[Key, Wish] = {}
    for row in w.book[SHEET]:
        values = _sitting(w, row, sessions)
        wishes[values["candidate_id"], unit_of[values["site_unit_id"]]] = Wish(values, [row])
    left = {key: sitting for key, sitting in stored.items() if key not in wishes}
    _check_facts(w, wishes, stored)
    _check_taken(w, wishes, left)
    if w.problems.errors:
        return
    _park(wishes, stored)
    upsert(w, Sitting, wishes, stored)
    _say_vanished(w, left.values())
    _count_registered(sessions)
    _lay_papers(w)


def _sitting(w: Writing, row: Row, sessions: dict[Key, RoomSession]) -> dict[str, Any]:
    site_unit = site_unit_of(w, row)
    session = sessions[site_unit.pk, w.rooms[row["site"], row["room"]].pk] if row.has("room") else None
    values = {
        "candidate_id": w.candidates[row["student_no"]].pk,
        "paper_id": w.papers[row["plan"], row["paper_no"]].pk,
        "site_unit_id": site_unit.pk,
        "room_session_id": session.pk if session else None,
        "seat_no": row.get("seat_no", "") if session else "",
        "ticket_no": row["ticket_no"],
    }
    if "held_over" in row.values:
        values["held_over"] = bool(row.get("held_over"))
    return values


def differs(target: Model, wish: Wish) -> bool:
    return any(getattr(target, name) != value for name, value in wish.values.items())


def _check_facts(w: Writing, wishes: dict[Key, Wish], stored: dict[Key, Sitting]) -> None:
    """A sitting with facts stays as it is: any row of a feature that names it is a fact."""
    changing = {s.pk: wishes[key] for key, s in stored.items() if key in wishes and differs(s, wishes[key])}
    touched = {
        s.pk
        for s in stored.values()
        if s.pk in changing and any(getattr(s, name) != value for name, value in UNTOUCHED.items())
    }
    for pk in touched | referred(Sitting, changing.keys() - touched):
        for row in changing[pk].rows:
            w.problems.error(row, "student_no", HAS_FACTS)


def referred(model: type[Model], pks: Iterable[int]) -> set[int]:
    """Those rows of `model` that a row of any other table names."""
    found: set[int] = set()
    for relation in model._meta.related_objects:
        column = relation.field.name
        for part in chunks(pks):
            names = relation.related_model._default_manager.filter(**{f"{column}__in": part})
            found |= set(names.values_list(column, flat=True))
    return found


def _check_taken(w: Writing, wishes: dict[Key, Wish], left: dict[Key, Sitting]) -> None:
    """Seats and tickets held by sittings that this workbook does not have."""
    seats = {(s.room_session_id, s.seat_no): s for s in left.values() if s.room_session_id and s.seat_no}
    tickets = {(s.ticket_no, s.site_unit_id, s.paper_id): s for s in left.values()}
    for wish in wishes.values():
        v = wish.values
        if holder := seats.get((v["room_session_id"], v["seat_no"])):
            w.problems.error(wish.rows[0], "seat_no", _held(holder))
        elif holder := tickets.get((v["ticket_no"], v["site_unit_id"], v["paper_id"])):
            w.problems.error(wish.rows[0], "ticket_no", _held(holder))


def _held(holder: Sitting) -> Text:
    return Text(
        f"系统中已属于准考证号 {holder.ticket_no} 的考生，而该考生不在这个工作簿里。请补上该行或换一个。",
        f"Held in the portal by ticket {holder.ticket_no}, who is not in this workbook. Add that row or choose another.",
    )


def _park(wishes: dict[Key, Wish], stored: dict[Key, Sitting]) -> None:
    """Frees seats and tickets of those that move, so that two may swap."""
    moving = [s for key, s in stored.items() if key in wishes and differs(s, wishes[key])]
    for i, sitting in enumerate(moving):
        sitting.seat_no, sitting.ticket_no = f"~{i}", f"~{i}"
    save(Sitting, {("seat_no", "ticket_no"): moving} if moving else {})


def _say_vanished(w: Writing, left: Iterable[Sitting]) -> None:
    names = {s.pk: s for s in left}
    found = (
        Sitting.objects.filter(pk__in=part).values_list(
            "site_unit__unit__plan__code", "site_unit__unit__code", "candidate__student_no"
        )
        for part in chunks(names)
    )
    w.vanished(SHEET, (key for part in found for key in part))


def _count_registered(sessions: dict[Key, RoomSession]) -> None:
    """Counters of those registered, where they differ; each moves its session's revision."""
    counted: Counter[int] = Counter()
    for part in chunks(s.pk for s in sessions.values()):
        rows = (
            Sitting.objects.filter(room_session__in=part).values_list("room_session").annotate(n=Count("pk"))
        )
        counted.update(dict(rows.order_by()))
    changed = [s for s in sessions.values() if s.registered != counted[s.pk]]
    for session in changed:
        session.registered = counted[session.pk]
        session.revision = F("revision") + 1
    save(RoomSession, {("registered", "revision"): changed} if changed else {})


def _lay_papers(w: Writing) -> None:
    """Lengths of papers sat at site units that stood before; an earlier due instant wakes the engine in time."""
    old = {s.pk: s for s in w.site_units.values() if s.pk not in w.new_site_units}
    sat: dict[int, set[int]] = defaultdict(set)
    for part in chunks(old):
        rows = (
            Sitting.objects.filter(site_unit__in=part).values_list("site_unit", "paper__minutes").distinct()
        )
        for pk, minutes in rows.order_by():
            sat[pk].add(minutes)
    changed = [s for pk, s in old.items() if sorted(sat[pk]) != sorted(s.paper_minutes)]
    plan_of = {unit.pk: w.plans[code] for (code, _), unit in w.units.items()}
    for site_unit in changed:
        before = site_unit.next_due_at
        site_unit.paper_minutes = sorted(sat[site_unit.pk])
        schedule.lay([site_unit], plan_of[site_unit.unit_id], now=w.now)
        site_unit.next_due_at = min((at for at in (before, site_unit.next_due_at) if at), default=None)
    save(SiteUnit, {("paper_minutes", "next_due_at"): changed} if changed else {})
