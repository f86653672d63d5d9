"""Putting a change onto the roster: what must be true at that moment, and what follows from it (C8, reading 25)."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

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
BATCH = 500


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


def against(change: ProctorChange, *, now: datetime, group: Sequence[ProctorChange] = ()) -> Refusal | None:
    """What stands against `change` on the roster of this moment; None when it may be carried out.

    `group` is what is carried out with it, itself among them (a swap): who leaves a place by one may come by another.
    """
    group = group or [change]
    here = {
        row.proctor_id: row.position for row in RosterRow.objects.filter(room_session=change.room_session)
    }
    if change.outgoing_id is not None and change.outgoing_id not in here:
        return RosterChanged()
    if change.incoming is None:
        coming = {
            c.incoming_id for c in group if c.room_session_id == change.room_session_id and c.incoming_id
        }
        return _against_going(change, here.keys() - {change.outgoing_id} | coming)
    if refusal := _against_coming(change, change.incoming, group, now):
        return refusal
    if change.outgoing_id is None and change.position in here.values():
        return RosterChanged()
    return None


def _against_going(change: ProctorChange, staying: Collection[int]) -> Refusal | None:
    """In the free window a room may stand empty while its roster is drawn up: it turns red and is pressed (reading 25)."""
    if change.window == ProctorChange.Window.FREE or certified_among(staying):
        return None
    return LastProctor()


def _against_coming(
    change: ProctorChange, user: User, group: Sequence[ProctorChange], now: datetime
) -> Refusal | None:
    if user.pk not in certified_among([user.pk]):
        return ProctorNotCertified(name=user.name)
    held = busy.rooms_of([user.pk], change.site_unit, now=now, besides=group)
    also = [c.room_session for c in group if c.incoming_id == user.pk and c.pk != change.pk]
    if there := held.get(user.pk) or next(iter(also), None):
        return ProctorBusy(user, there)
    if recused([user.pk], [change.room_session_id]):
        return ProctorRecused(name=user.name)
    return None


def put_on_roster(group: Sequence[ProctorChange]) -> None:
    """Moves the roster rows of changes that go together, and their rooms' counters. `against` said that it may be.

    Who goes leaves first: two who swap are nowhere twice in between. A new face is checked anew; who only takes
    the other place of the room stays checked. A fixed number of statements for any number of places.
    """
    sessions = {change.room_session_id for change in group}
    leaving = {(change.room_session_id, change.outgoing_id) for change in group}
    rows = RosterRow.objects.filter(room_session__in=sessions).only(
        "room_session_id", "proctor_id", "position", "checked_at"
    )
    gone = {at: row for row in rows if (at := (row.room_session_id, row.proctor_id)) in leaving}
    RosterRow.objects.filter(pk__in=[row.pk for row in gone.values()]).delete()
    came = [_coming(c, c.incoming_id, gone) for c in group if c.incoming_id is not None]
    RosterRow.objects.bulk_create(came, batch_size=BATCH)
    lost = Counter(row.room_session_id for row in gone.values() if row.checked_at)
    lost.subtract(row.room_session_id for row in came if row.checked_at)
    for number in {0, *lost.values()}:
        those = [pk for pk in sessions if lost[pk] == number]
        RoomSession.objects.filter(pk__in=those).update(
            proctors_checked=F("proctors_checked") - number, revision=F("revision") + 1
        )


def _coming(change: ProctorChange, who: int, gone: Mapping[tuple[int, int], RosterRow]) -> RosterRow:
    """The row of who comes: where the outgoing stood, else where the addition is meant for."""
    room = change.room_session_id
    left = gone.get((room, change.outgoing_id)) if change.outgoing_id else None
    before = gone.get((room, who))
    return RosterRow(
        room_session_id=room,
        proctor_id=who,
        position=left.position if left else change.position,
        checked_at=before.checked_at if before else None,
    )


def undo_all(plan: ExamPlan) -> None:
    """Takes every change of a drill off its rosters again, the latest first; what a workbook laid since stays."""
    settled = Coalesce("decided_at", "requested_at")
    done = ProctorChange.objects.filter(site_unit__unit__plan=plan, status__in=ON_THE_ROSTER)
    rows = done.select_related("room_session", "site_unit__unit__plan", "outgoing").annotate(settled=settled)
    for _, asked in groupby(rows.order_by("-settled", "batch", "pk"), key=lambda c: (c.settled, c.batch)):
        _undo(list(asked))


def _undo(group: Sequence[ProctorChange]) -> None:
    """Who came goes first, so that those who swapped find their places; who went comes back, unless a workbook has
    placed them elsewhere since."""
    returning = []
    for change in group:
        room = RosterRow.objects.filter(room_session=change.room_session_id)
        came = room.filter(proctor=change.incoming_id) if change.incoming_id else room.none()
        if came.delete()[0] or change.incoming_id is None:
            returning.append(change)
    for change in returning:
        left = change.outgoing
        taken = change.room_session.roster.filter(position=change.position).exists()
        if left is not None and not taken and not busy.rostered([left.pk], change.site_unit).exists():
            RosterRow.objects.create(room_session=change.room_session, proctor=left, position=change.position)
