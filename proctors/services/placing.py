"""Putting a change onto the roster: what must be true at that moment, and what follows from it (C8, reading 25)."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Coalesce

from exam_ops.core import schedule
from exam_ops.core.errors import Refusal
from exam_ops.core.models import ExamPlan, ProctorProfile, RoomSession, RosterRow, User
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from proctors.models import ProctorChange
from proctors.selectors import busy
from proctors.selectors.changes import certified_among
from proctors.selectors.recusals import recused

Status = ProctorChange.Status
ON_THE_ROSTER = (Status.APPLIED, Status.APPROVED)


class ProctorNotCertified(Refusal):
    code, status = "proctor_not_certified", 422
    title = Text("监考教师未实名认证", "Proctor not certified")
    sentence = Text(
        "{name} 尚未通过实名认证，不能监考。请换一位已认证的教师，或先完成认证。",
        "{name} is not certified and may not proctor. Choose a certified proctor, or complete the certification first.",
    )


class ProctorBusy(Refusal):
    code, status = "proctor_busy", 409
    title = Text("同一时间另有监考", "Busy at that time")
    sentence = Text(
        "{name} 在 {start}–{end} 已安排在{site} {room}考场，或正在申请调往那里。请换一位教师。",
        "{name} stands in room {room} of {site} from {start} to {end}, or a change into it waits. "
        "Choose somebody else.",
    )

    def __init__(self, user: User, held_by: RoomSession) -> None:
        there = held_by.site_unit
        super().__init__(
            name=user.name,
            start=there.start.astimezone(BEIJING).strftime("%m-%d %H:%M"),
            end=there.end.astimezone(BEIJING).strftime("%H:%M"),
            site=there.site.name,
            room=held_by.room.room_no,
        )


class ProctorRecused(Refusal):
    """Says no more: what it is about stays with those who entered it."""

    code, status = "proctor_recused", 409
    title = Text("须回避", "Recused")
    sentence = Text(
        "{name} 须回避该考场，不能编排到这里。请换一位教师；如登记有误，请先在监考回避中解除。",
        "{name} is recused from this room. Choose somebody else; if that is a mistake, lift the recusal first.",
    )


class BusyMeanwhile(Refusal):
    """What the database itself says when two place the same person at the same moment."""

    code, status = "proctor_busy", 409
    title = Text("同一时间另有监考", "Busy at that time")
    sentence = Text(
        "这位教师刚刚被安排到同一时间的另一个考场，没有变更。请刷新页面后换一位教师。",
        "Somebody has just placed this proctor in another room at that time; nothing was changed. "
        "Reload and choose somebody else.",
    )


class LastProctor(Refusal):
    code, status = "room_needs_a_proctor", 409
    title = Text("考场至少须有一名已认证监考", "A room needs a certified proctor")
    sentence = Text(
        "撤下后该考场没有已认证的监考教师。请改为更换：同时指定接替的教师。",
        "Without this proctor the room has nobody who is certified. Replace the proctor instead: name who comes.",
    )


class RosterChanged(Refusal):
    code, status = "roster_changed", 409
    title = Text("监考编排已变化", "The roster has changed")
    sentence = Text(
        "申请之后该考场的监考编排已变化，这项变更不能再执行。请驳回，由考点按现在的编排重新申请。",
        "The room's roster has changed since; this can't be carried out any more. Reject it; the site asks anew.",
    )


def hold(
    room_session_ids: Iterable[int], people: Iterable[int], clock: Callable[[], datetime]
) -> tuple[dict[int, RoomSession], datetime]:
    """Locks what rosters stand on, always in this order: site units (shared), room sessions, the people who come.

    Returns the room sessions as they stand, with site unit, unit, plan, site and room, and the instant at
    which they are held: windows are judged by that one.
    """
    ids = sorted(set(room_session_ids))
    schedule.hold(RoomSession.objects.filter(pk__in=ids).values_list("site_unit_id", flat=True))
    rows = RoomSession.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    held = {s.pk: s for s in rows.select_related("site_unit__unit__plan", "site_unit__site", "room")}
    profiles = ProctorProfile.objects.filter(user__in=sorted(set(people))).order_by("pk")
    list(profiles.select_for_update(no_key=True).values_list("pk"))
    return held, clock()


def against(change: ProctorChange, *, now: datetime) -> Refusal | None:
    """What stands against `change` on the roster of this moment; None when it may be carried out."""
    here = {
        row.proctor_id: row.position for row in RosterRow.objects.filter(room_session=change.room_session)
    }
    if change.outgoing_id is not None and change.outgoing_id not in here:
        return RosterChanged()
    if change.incoming is None:
        return _against_going(change, here.keys() - {change.outgoing_id})
    if refusal := _against_coming(change, change.incoming, now):
        return refusal
    if change.outgoing_id is None and change.position in here.values():
        return RosterChanged()
    return None


def _against_going(change: ProctorChange, staying: Collection[int]) -> Refusal | None:
    """In the free window a room may stand empty while its roster is drawn up: it turns red and is pressed (reading 25)."""
    if change.window == ProctorChange.Window.FREE or certified_among(staying):
        return None
    return LastProctor()


def _against_coming(change: ProctorChange, user: User, now: datetime) -> Refusal | None:
    if user.pk not in certified_among([user.pk]):
        return ProctorNotCertified(name=user.name)
    held = busy.rooms_of([user.pk], change.site_unit, now=now, besides=change)
    if user.pk in held:
        return ProctorBusy(user, held[user.pk])
    if recused([user.pk], [change.room_session_id]):
        return ProctorRecused(name=user.name)
    return None


def put_on_roster(change: ProctorChange) -> None:
    """Moves the roster row and the room's counters; a new face is checked anew. `against` said that it may be."""
    rows = RosterRow.objects.filter(room_session=change.room_session_id, proctor=change.outgoing_id)
    was_checked = rows.filter(checked_at__isnull=False).count() if change.outgoing_id else 0
    if change.outgoing_id is None:
        _stand(change, change.incoming)
    elif change.incoming_id is None:
        rows.delete()
    else:
        rows.update(proctor=change.incoming_id, checked_at=None)
    RoomSession.objects.filter(pk=change.room_session_id).update(
        proctors_checked=F("proctors_checked") - was_checked, revision=F("revision") + 1
    )


def undo_all(plan: ExamPlan) -> None:
    """Takes every change of a drill off its rosters again, the latest first; what a workbook laid since stays."""
    done = ProctorChange.objects.filter(site_unit__unit__plan=plan, status__in=ON_THE_ROSTER)
    for change in done.select_related("room_session", "site_unit__unit__plan", "outgoing").order_by(
        Coalesce("decided_at", "requested_at").desc()
    ):
        _undo(change)


def _undo(change: ProctorChange) -> None:
    """Who went comes back, unless a workbook has placed them elsewhere since."""
    room = RosterRow.objects.filter(room_session=change.room_session_id)
    came = room.filter(proctor=change.incoming_id) if change.incoming_id else room.none()
    left = change.outgoing_id
    returns = left is not None and not busy.rostered([left], change.site_unit).exists()
    if not returns:
        came.delete()
    elif change.incoming_id is not None:
        came.update(proctor=change.outgoing_id)
    elif not room.filter(position=change.position).exists():
        _stand(change, change.outgoing)


def _stand(change: ProctorChange, user: User | None) -> None:
    """Puts somebody into the place that the change is about."""
    if user is not None:
        RosterRow.objects.create(room_session=change.room_session, proctor=user, position=change.position)
