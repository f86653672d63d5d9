"""Which picture meets a duty: a candidate's when it names them, a room's own when it is of the room (C14).

A picture stands unless it was withdrawn or asked for again. When one falls, what it met is met by another that
stands, else owed once more while evidence is open.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from exam_ops.core import entry, events
from exam_ops.core.models import Event, RoomSession, SiteUnit, User
from exam_ops.rules.evidence_review import Level, Verdict
from incidents.models import Evidence, EvidenceDuty, EvidenceMark, EvidenceReview

Status = EvidenceDuty.Status
MET, AT_THE_CLOSE, OWED_ALREADY = "evidence", "evidence_closed", "owed_already"  # of `why_closed`


def standing(room_sessions: Iterable[RoomSession | int]) -> QuerySet[Evidence]:
    """The pictures of rooms that meet duties; of two levels that differ the branch's word counts."""
    current = EvidenceReview.objects.filter(evidence=OuterRef("pk"), is_current=True)
    by_branch = current.filter(level=Level.BRANCH)
    asked = Q(Exists(by_branch.filter(verdict=Verdict.ASKED_AGAIN))) | (
        ~Q(Exists(by_branch)) & Q(Exists(current.filter(level=Level.SITE, verdict=Verdict.ASKED_AGAIN)))
    )
    return Evidence.objects.filter(~asked, room_session__in=list(room_sessions), withdrawn_at=None)


def stands(evidence: Evidence) -> bool:
    """Whether this picture meets duties."""
    return standing([evidence.room_session_id]).filter(pk=evidence.pk).exists()


def naming(sitting_ids: Iterable[int], room_sessions: Iterable[RoomSession | int]) -> dict[int, Evidence]:
    """By candidate: the last standing picture of these rooms that names them."""
    marks = EvidenceMark.objects.filter(
        sitting__in=list(sitting_ids), evidence__in=standing(room_sessions)
    ).select_related("evidence")
    return {mark.sitting_id: mark.evidence for mark in marks.order_by("evidence__received_at", "pk")}


def meet(evidence: Evidence, *, now: datetime, among: Sequence[str] = (Status.OPEN,)) -> int:
    """What the picture meets, of duties that stand as `among`: those of whom it names, and the room's own."""
    named = EvidenceMark.objects.filter(evidence=evidence).values("sitting")
    rows = EvidenceDuty.objects.filter(
        Q(sitting__in=named) | Q(sitting=None), room_session=evidence.room_session_id, status__in=among
    )
    return rows.update(status=Status.MET, closed_at=now, why_closed=MET, met_by=evidence, again="")


def rise(evidence: Evidence, *, now: datetime) -> None:
    """A picture stands again: it came in time, so it meets what was missed meanwhile as well. Inside a transaction."""
    meet(evidence, now=now, among=(Status.OPEN, Status.MISSED))


def fall(evidence: Evidence, *, why: str, because: str, actor: User, now: datetime) -> list[EvidenceDuty]:
    """A picture (with its room session and plan) was withdrawn or asked for again, and has fallen already.

    `why` is the code for the log, `because` the words that the duty shows. Returns what is owed once more.
    Call inside the transaction that made it fall, its site unit held.
    """
    session = evidence.room_session
    entry.touch([session.pk])  # from here on no other picture of the room comes in
    rows = EvidenceDuty.objects.filter(met_by=evidence, status=Status.MET).order_by("pk")
    met = list(rows.select_for_update(of=("self",), no_key=True))
    left = _met_by_others(met, session)
    if now >= session.site_unit.evidence_closes_at:
        _close(left, Status.MISSED, AT_THE_CLOSE, now)
        _write("duty.missed", left, session, why=why, evidence=evidence, actor=actor, now=now)
        return []
    owed = _once_each(left, now)
    EvidenceDuty.objects.filter(pk__in=[duty.pk for duty in owed]).update(
        status=Status.OPEN, closed_at=None, why_closed="", met_by=None, again=because[:500]
    )
    _write("duty.reopened", owed, session, why=why, evidence=evidence, actor=actor, now=now)
    return owed


def _met_by_others(met: Sequence[EvidenceDuty], session: RoomSession) -> list[EvidenceDuty]:
    """Lays those that another standing picture meets upon it; returns the rest."""
    if not met:
        return []
    named = naming([duty.sitting_id for duty in met if duty.sitting_id], [session])
    of_room = standing([session]).order_by("received_at").last()
    left = []
    for duty in met:
        other = named.get(duty.sitting_id) if duty.sitting_id else of_room
        if other is None or (not duty.sitting_id and other.received_at < duty.opened_at):
            left.append(duty)
        else:
            EvidenceDuty.objects.filter(pk=duty.pk).update(met_by=other)
    return left


def _once_each(duties: Sequence[EvidenceDuty], now: datetime) -> list[EvidenceDuty]:
    """One open duty a candidate (a room and cause): what is owed by another already is dropped, with trace."""
    standing_open = EvidenceDuty.objects.filter(
        room_session__in={duty.room_session_id for duty in duties}, status=Status.OPEN
    )
    taken = {_place(duty) for duty in standing_open}
    owed: list[EvidenceDuty] = []
    for duty in duties:
        if _place(duty) not in taken:
            taken.add(_place(duty))
            owed.append(duty)
    _close([duty for duty in duties if duty not in owed], Status.DROPPED, OWED_ALREADY, now)
    return owed


def _place(duty: EvidenceDuty) -> tuple[int, int | None, str]:
    return duty.room_session_id, duty.sitting_id, "" if duty.sitting_id else duty.cause


def _close(duties: Sequence[EvidenceDuty], status: str, why: str, now: datetime) -> None:
    EvidenceDuty.objects.filter(pk__in=[duty.pk for duty in duties]).update(
        status=status, closed_at=now, why_closed=why, met_by=None
    )


def _write(
    kind: str,
    duties: Sequence[EvidenceDuty],
    session: RoomSession,
    *,
    why: str,
    evidence: Evidence,
    actor: User,
    now: datetime,
) -> None:
    site_unit: SiteUnit = session.site_unit
    Event.objects.bulk_create(
        events.build(
            kind,
            now=now,
            actor=actor,
            site_unit=site_unit,
            room_session=session,
            sitting=duty.sitting,
            subject=str(evidence.pk),
            why=why,
            cause=duty.cause,
        )
        for duty in duties
    )
