"""Who hears of proctor changes: the branch that decides, whoever asked, the proctors who come and go."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from exam_ops.core.models import Branch, ExamPlan, Membership
from exam_ops.rules.escalation import Level
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Right, Role
from exam_ops.rules.text import Text
from incidents.services import messages
from incidents.services.deliveries import Organisation
from incidents.services.messages import Message
from proctors.models import ProctorChange

Status, Window = ProctorChange.Status, ProctorChange.Window

_LINE = Text("{start} {unit} {site} {room}考场：{who}", "{start} {unit}, {site}, room {room}: {who}")
_REPLACED = Text("{outgoing} → {incoming}", "{outgoing} → {incoming}")
_ADDED = Text("新增 {incoming}", "{incoming} is added")
_REMOVED = Text("撤下 {outgoing}", "{outgoing} is taken off")
_COMES = Text("您已被编排为监考，请按时到岗", "you are on the roster; please be there in time")
_MOVES = Text(
    "您由{room}考场改到该考场监考，请按时到岗",
    "you change to this room from room {room}; please be there in time",
)
_SAME_ROOM = {
    "lead": Text("您在该考场改任监考一", "you are now the lead proctor of this room"),
    "second": Text("您在该考场改任监考二", "you are now the second proctor of this room"),
}
_GOES = Text("您不再监考该考场", "you are off the roster of this room")
OUTCOMES = {Status.APPROVED: Text("已批准", "approved"), Status.REJECTED: Text("未批准", "rejected")}


def what(change: ProctorChange) -> Text:
    """Who goes and who comes."""
    words = _ADDED if change.outgoing is None else _REMOVED if change.incoming is None else _REPLACED
    return words.format(
        outgoing=change.outgoing.name if change.outgoing else "",
        incoming=change.incoming.name if change.incoming else "",
    )


def line(change: ProctorChange, who: Text | None = None) -> Text:
    """Where and when, and what changes: one line of a list."""
    site_unit = change.site_unit
    return _LINE.format(
        start=_clock(site_unit.start),
        unit=str(site_unit.unit),
        site=site_unit.site.name,
        room=change.room_session.room.room_no,
        who=who or what(change),
    )


def asked(changes: Sequence[ProctorChange], *, now: datetime) -> None:
    """The branch hears of what waits for it; an emergency goes to those who grant it."""
    waiting = [c for c in changes if c.status == Status.PENDING]
    told = []
    for (branch, window), group in _by(waiting, lambda c: (c.site_unit.site.branch, c.window)):
        urgent = window == Window.EMERGENCY
        event, right = ("change.urgent", Right.DUTY) if urgent else ("change.asked", Right.INTEGRITY)
        told.append(_to_branch(branch, right, group, f"change:asked:{_mark(group)}", event))
    messages.tell_many(told, now=now)


def closing(changes: Sequence[ProctorChange], branch: Branch, *, key: str, now: datetime) -> None:
    """Before the window ends: one digest a branch with all that waits."""
    messages.tell_many([_to_branch(branch, Right.INTEGRITY, changes, key, "change.closing")], now=now)


def expired(changes: Sequence[ProctorChange], *, now: datetime) -> None:
    """Undecided when the window ended: the branch hears it, and whoever asked."""
    told = [
        _to_branch(branch, Right.INTEGRITY, group, f"change:expired:{_mark(group)}", "change.expired")
        for branch, group in _by(changes, lambda c: c.site_unit.site.branch)
    ]
    for pk, group in _by(changes, lambda c: c.requested_by_id):
        told.append(_message([pk], group, f"change:expired:{_mark(group)}:asker", "change.expired"))
    messages.tell_many(told, now=now)


def decided(changes: Sequence[ProctorChange], *, now: datetime) -> None:
    """Whoever asked hears the decision: one message for what was decided together."""
    told = []
    for pk, group in _by(changes, lambda c: c.requested_by_id):
        first = group[0]
        more = {
            "outcome": OUTCOMES[Status(first.status)],
            "by": first.decided_by.name if first.decided_by else "",
            "note": first.decision_note or "—",
        }
        told.append(_message([pk], group, f"change:decided:{_mark(group)}", "change.decided", more))
    messages.tell_many(told, now=now)


def moved(changes: Sequence[ProctorChange], *, now: datetime) -> None:
    """The proctors who come and go hear it, each of the own room; who changes places hears once."""
    left = {_of(c, c.outgoing_id): c for c in changes}
    came = {_of(c, c.incoming_id) for c in changes}
    told = [
        Message(
            [user.pk],
            f"change:moved:{change.pk}:{user.pk}",
            "roster.changed",
            {"room": line(change, words)},
            plan=change.site_unit.unit.plan,
        )
        for change in changes
        for user, words in (
            (change.incoming, _coming(change, left.get(_of(change, change.incoming_id)))),
            (None if _of(change, change.outgoing_id) in came else change.outgoing, _GOES),
        )
        if user is not None
    ]
    messages.tell_many(told, now=now)


def _of(change: ProctorChange, proctor: int | None) -> tuple[object, int, int | None]:
    """What marks somebody's coming and going of one request in one unit."""
    return change.batch, change.site_unit_id, proctor


def _coming(change: ProctorChange, left: ProctorChange | None) -> Text:
    """What who comes hears; `left` is the change by which they leave another place of the unit."""
    if left is None or change.incoming is None:
        return _COMES
    if left.room_session_id == change.room_session_id:
        return _SAME_ROOM[change.position]
    return _MOVES.format(room=left.room_session.room.room_no)


def officers(branch: Branch, right: Right) -> list[int]:
    """The branch's officers who hold `right`; all of them when nobody does, so that somebody hears it."""
    rows = Membership.objects.filter(role=Role.BRANCH, branch=branch, user__is_active=True)
    held = {row.user_id: set(row.rights) for row in rows}
    return sorted([pk for pk, rights in held.items() if right in rights] or held)


def address(plan: ExamPlan) -> str:
    """The page 监考变更 of a plan."""
    return reverse("proctor-changes", query={"plan": plan.code})


def _to_branch(
    branch: Branch, right: Right, changes: Sequence[ProctorChange], key: str, event: str
) -> Message:
    heard = [Organisation(Level.BRANCH, branch_id=branch.pk)]
    return _message(officers(branch, right), changes, key, event, to=heard)


def _message(
    people: list[int],
    changes: Sequence[ProctorChange],
    key: str,
    event: str,
    more: dict[str, Any] | None = None,
    *,
    to: Sequence[Organisation] = (),
) -> Message:
    plan, lines = changes[0].site_unit.unit.plan, [line(c) for c in changes]
    fields = {
        "count": len(changes),
        "rooms": Text("\n".join(t.zh for t in lines), "\n".join(t.en for t in lines)),
        "until": _clock(plan.laid_time(min(c.window_until for c in changes))),
    }
    return Message(people, key, event, fields | (more or {}), _page(changes), plan=plan, to=to)


def _page(changes: Sequence[ProctorChange]) -> str:
    """The page of the one request that they are of; else 监考变更."""
    batches = {change.batch for change in changes}
    if len(batches) == 1:
        return reverse("proctor-change-request", args=[batches.pop()])
    return address(changes[0].site_unit.unit.plan)


def _by(
    changes: Iterable[ProctorChange], mark: Callable[[ProctorChange], Any]
) -> list[tuple[Any, list[ProctorChange]]]:
    """The changes of each mark, a plan at a time: a message is about one plan."""
    found: dict[Any, list[ProctorChange]] = defaultdict(list)
    for change in changes:
        found[mark(change), change.site_unit.unit.plan_id].append(change)
    return [(key, group) for (key, _), group in found.items()]


def _mark(changes: Sequence[ProctorChange]) -> str:
    """What makes the key of a message about these changes as they stand."""
    first = min(changes, key=lambda c: str(c.pk))
    return f"{first.pk}:{first.window_until.isoformat()}"


def _clock(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%m-%d %H:%M")
