"""What incidents and evidence lay into a sealed package: pictures, duties with their lives, decisions, timelines (C14)."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Prefetch, Q

from exam_ops.core.models import DeadlineRecord, Event, SiteUnit
from exam_ops.rules.text import Text
from incidents.models import (
    DecisionTarget,
    Entry,
    Evidence,
    EvidenceCheck,
    EvidenceDuty,
    EvidenceMark,
    EvidenceReview,
    Incident,
    Report,
)
from incidents.services import decision_words
from incidents.services.package_sections import Row, Section, Teller, register

_SITTING = ("sitting__candidate", "sitting__room_session__room")


def photos(site_unit: SiteUnit, tell: Teller) -> Iterable[Row]:
    """Every picture, withdrawn ones too, with its marks and its reasons."""
    marks = EvidenceMark.objects.select_related(*_SITTING).order_by("pk")
    rows = (
        Evidence.objects.filter(room_session__site_unit=site_unit)
        .select_related("room_session__room", "uploaded_by", "withdrawn_by", "incident")
        .prefetch_related(Prefetch("marks", marks))
        .order_by("room_session__room__room_no", "version")
    )
    for row in rows:
        yield {
            "id": str(row.pk),
            "room": tell.room(row.room_session),
            "version": row.version,
            "sha256": row.sha256,
            "size": row.size,
            "reason": tell.words(row.reason),
            "lateness_reason": tell.words(row.lateness_reason),
            "captured_at_claimed": tell.planned(row.captured_at),
            "received_at": tell.at(row.received_at),
            "skew_ms": row.skew_ms,
            "on_time": row.on_time,
            "owed": row.owed,
            "strip_code": row.strip_code,
            "uploaded_by": tell.person(row.uploaded_by),
            "incident": row.incident.number if row.incident else None,
            "withdrawn_at": tell.at(row.withdrawn_at),
            "withdrawn_by": tell.person(row.withdrawn_by),
            "withdrawal_reason": tell.words(row.withdrawal_reason),
            "marks": [{"candidate": tell.candidate(m.sitting), "x": m.x, "y": m.y} for m in row.marks.all()],
        }


def originals(site_unit: SiteUnit) -> Iterable[str]:
    rows = Evidence.objects.filter(room_session__site_unit=site_unit)
    return rows.values_list("sha256", flat=True)


def duties(site_unit: SiteUnit, tell: Teller) -> Iterable[Row]:
    """Who owed a picture, why, until when, and all that happened to them at the door and after."""
    lives = defaultdict(list)
    named = EvidenceDuty.objects.filter(room_session__site_unit=site_unit, sitting__isnull=False)
    about = Q(kind__startswith="duty.") | Q(sitting__in=named.values("sitting"))
    for event in Event.objects.filter(about, site_unit=site_unit).select_related("actor").order_by("pk"):
        who = (None, event.sitting_id) if event.sitting_id else (event.room_session_id, None)
        lives[who].append(_turn(event, tell))
    rows = EvidenceDuty.objects.filter(room_session__site_unit=site_unit).select_related(
        "room_session__room", "incident", *_SITTING
    )
    for row in rows.order_by("pk"):
        yield {
            "room": tell.room(row.room_session),
            "candidate": tell.candidate(row.sitting),
            "entry_status": row.sitting.entry_status if row.sitting else None,
            "cause": row.cause,
            "status": row.status,
            "opened_at": tell.at(row.opened_at),
            "closed_at": tell.at(row.closed_at),
            "why_closed": row.why_closed,
            "met_by": str(row.met_by_id) if row.met_by_id else None,
            "owed_again": tell.words(row.again),
            "incident": row.incident.number if row.incident else None,
            "life": lives[(None, row.sitting_id) if row.sitting_id else (row.room_session_id, None)],
        }


def events(site_unit: SiteUnit, tell: Teller) -> Iterable[Row]:
    """What happened to the evidence, as the log has it: who sent, saw, withdrew and reviewed which picture."""
    kinds = Q(kind__startswith="evidence.") | Q(kind__startswith="package.") | Q(kind="duties.missed")
    rows = Event.objects.filter(kinds, site_unit=site_unit).select_related("actor", "room_session__room")
    for row in rows.order_by("pk"):
        yield _turn(row, tell) | {"room": tell.room(row.room_session), "subject": row.subject}


def _turn(event: Event, tell: Teller) -> Row:
    return {
        "kind": event.kind,
        "at": tell.at(event.at),
        "by": tell.person(event.actor),
        "data": tell.facts(event.data),
    }


def reviews(site_unit: SiteUnit, tell: Teller) -> Iterable[Row]:
    """What the site's chief and the branch said of each picture, and of what never came."""
    rows = EvidenceReview.objects.filter(room_session__site_unit=site_unit).select_related(
        "room_session__room", "by", "duty__sitting__candidate", "duty__sitting__room_session__room"
    )
    for row in rows.order_by("pk"):
        yield {
            "id": row.pk,
            "picture": str(row.evidence_id) if row.evidence_id else None,
            "duty_of": tell.candidate(row.duty.sitting) if row.duty else None,
            "room": tell.room(row.room_session),
            "level": row.level,
            "verdict": row.verdict,
            "note": tell.words(row.note),
            "by": tell.person(row.by),
            "at": tell.at(row.at),
            "replaces": row.replaces_id,
            "in_force": row.is_current,
        }


def checks(site_unit: SiteUnit, tell: Teller) -> Iterable[Row]:
    """What machines said of each picture: hints, never verdicts."""
    rows = EvidenceCheck.objects.filter(evidence__room_session__site_unit=site_unit)
    for row in rows.order_by("evidence__received_at", "evidence", "name"):
        yield {
            "picture": str(row.evidence_id),
            "check": row.name,
            "state": row.state,
            "said": row.words.both,
            "figures": tell.facts(row.figures),
            "done_at": tell.at(row.done_at),
        }


def decisions(site_unit: SiteUnit, tell: Teller) -> Iterable[Row]:
    """What headquarters decided about this site unit, in force or not, with its times before and after."""
    rows = DecisionTarget.objects.filter(site_unit=site_unit).select_related(
        "decision__proposed_by", "decision__settled_by", "decision__incident"
    )
    for row in rows.order_by("pk"):
        made = row.decision
        yield {
            "number": made.number,
            "decided": decision_words.said(decision_words.wish_of(made)).both,
            "status": made.status,
            "reason": tell.words(made.reason),
            "departments": made.departments,
            "incident": made.incident.number if made.incident else None,
            "proposed_by": tell.person(made.proposed_by),
            "proposed_at": tell.at(made.proposed_at),
            "settled_by": tell.person(made.settled_by),
            "settled_at": tell.at(made.settled_at),
            "settled_note": tell.words(made.settled_note),
            "before": row.before,
            "after": row.after,
        }


def incidents(site_unit: SiteUnit, tell: Teller) -> Iterable[Row]:
    """Every incident of the site unit with its reports and its timeline, struck lines as well."""
    lines = Entry.objects.select_related("actor").order_by("pk")
    said = Report.objects.select_related("reporter", "room_session__room").order_by("received_at", "pk")
    rows = Incident.objects.filter(site_unit=site_unit).prefetch_related(
        Prefetch("entries", lines), Prefetch("reports", said), "room_sessions__room", "sittings__candidate"
    )
    for row in rows.order_by("pk"):
        yield {
            "number": row.number,
            "type": row.type,
            "title": row.kind.title.both,
            "grade": row.grade,
            "level": row.level,
            "status": row.status,
            "opened_at": tell.at(row.opened_at),
            "resolved_at": tell.at(row.resolved_at),
            "cause": tell.words(row.cause),
            "effect": tell.words(row.effect),
            "rooms": sorted(session.room.room_no for session in row.room_sessions.all()),
            "candidates": sorted(sitting.ticket_no for sitting in row.sittings.all()),
            "reports": [
                {
                    "room": tell.room(report.room_session),
                    "by": tell.person(report.reporter),
                    "occurred_at": tell.planned(report.occurred_at),
                    "received_at": tell.at(report.received_at),
                    "note": tell.words(report.note),
                    "lost_minutes": report.lost_minutes,
                }
                for report in row.reports.all()
            ],
            "timeline": [_line(entry, tell) for entry in row.entries.all()],
        }


def _line(entry: Entry, tell: Teller) -> Row:
    return {
        "at": tell.planned(entry.plan_at),
        "kind": entry.kind,
        "by": tell.person(entry.actor),
        "note": tell.words(entry.note),
        "data": tell.facts(entry.data),
        "struck_at": tell.at(entry.struck_at),
    }


def times(site_unit: SiteUnit, tell: Teller) -> Iterable[Row]:
    """The site unit's times as they stood, and when its deadlines were carried out by the server's clock."""
    yield {
        "what": "times",
        "start": tell.planned(site_unit.start),
        "end": tell.planned(site_unit.end),
        "evidence_closed_at": tell.planned(site_unit.evidence_until),
        "address": site_unit.where,
    }
    records = DeadlineRecord.objects.filter(site_unit=site_unit)
    for row in records.order_by("due_at", "generation", "pk"):
        yield {
            "what": row.deadline,
            "due_at": tell.at(row.due_at),
            "carried_out_at": tell.at(row.fired_at),
            "outcome": row.outcome,
            "generation": row.generation,
        }


for _section in (
    Section("photos", Text("照片与标记", "Pictures with marks"), photos, originals),
    Section("duties", Text("应急任务", "Duties"), duties),
    Section("events", Text("材料日志", "Log of the evidence"), events),
    Section("reviews", Text("审核结论", "Reviews"), reviews),
    Section("checks", Text("自动检查提示", "Machine hints"), checks),
    Section("decisions", Text("总部指令", "Decisions of headquarters"), decisions),
    Section("incidents", Text("事件时间线", "Incidents with timelines"), incidents),
    Section("times", Text("单元时间", "Times of the unit"), times),
):
    register(_section)
