"""Mending what a proctor picked and does not have, by one touch inside C8's windows (C11, clause 二(三)8).

The same answer stands on the card and is asked again under the locks: the first who answers is the one, the
second is told who and when.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from django.db import transaction

from exam_ops.core import access, cutoffs, events, schedule
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotAllowed, NotFound, Refusal, reason_in
from exam_ops.core.models import RoomSession, WantedDuty
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.proctor_changes import Asker, ChangeWindow, applies_at_once
from exam_ops.rules.text import Text
from proctors.models import ProctorChange
from proctors.selectors import wanted
from proctors.selectors.wanted import Ground, Place
from proctors.services import askers, asking, wanted_news
from proctors.services.asking import Piece

ACTION = askers.ACTION
State = WantedDuty.State


class Step(StrEnum):
    """What one touch does now."""

    PLACE = "place"  # stands on the roster at once
    ASK = "ask"  # goes to the branch
    EMERGENCY = "emergency"  # the chief's goes to the duty officer, the duty officer's own stands at once
    CALL = "call"  # the site administrator calls the duty officer and the chief
    WAITS = "waits"  # a change waits already
    FIRST = "first"  # something else comes first
    NOTHING = "nothing"  # not the actor's, or too late


ACTS = frozenset({Step.PLACE, Step.ASK, Step.EMERGENCY, Step.CALL})

REASON = Text(
    "教师 {name} 在身份核验 App 选择了本考场，缺少{missing}。",
    "{name} picked this room in the identity-check App and lacks {missing}.",
)
NOT_OURS = Text(
    "{name} 不是本考点的监考教师。请先把教师登记到本考点，或告知其所属考点。",
    "{name} is not a proctor of this site. Register the proctor here first, or send them to their own site.",
)
NOT_CERTIFIED = Text(
    "{name} 尚未通过实名认证，不能编排。请先完成实名认证。",
    "{name} is not certified and can't be rostered. Complete the certification first.",
)
BUSY = Text(
    "{name} 同一时间已编排在{site} {room}考场。如只是选错，请告知教师；确需调换，请先变更那个考场的监考。",
    "{name} stands in room {room} of {site} at that time. If it was a slip, tell them; "
    "else change that room's roster first.",
)
NO_ROOM = Text(
    "该单元没有可安排的考场。请先在监考编排中调整。",
    "No room of the unit has a place to give. Change its roster first.",
)
NO_REASON = Text("请写明不安排的原因，教师会看到。", "Say why not; the proctor will read it.")


class AlreadyAnswered(Refusal):
    code, status = "already_answered", 409
    title = Text("已有人处理", "Already settled")
    sentence = Text(
        "该请求已由 {by} 于 {at} 处理，无需再操作。",
        "{by} has already settled this at {at}; nothing is left to do.",
    )


class NotNow(Refusal):
    """What the card says of itself: something comes first, or it is too late."""

    code, status = "not_now", 409
    title = Text("现在不能安排", "Not possible now")


class PlaceGone(Refusal):
    code, status = "place_gone", 409
    title = Text("岗位已变化", "The place has changed")
    sentence = Text(
        "所选岗位刚刚有了变化。请按页面现在列出的岗位重新选择。",
        "The place that you chose has just changed. Choose again among those listed now.",
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be done about one wish by one person now; `why` says why not, `held` where the proctor stands."""

    wish: WantedDuty
    step: Step
    places: list[Place] = field(default_factory=list)
    why: Text | None = None
    held: RoomSession | None = None
    change: ProctorChange | None = None
    lacks_certificate: bool = False

    @property
    def is_open(self) -> bool:
        """Whether one touch does something."""
        return self.step in ACTS


def offers(rows: Iterable[WantedDuty], *, actor: Actor, now: datetime) -> list[Offer]:
    """What may be done about each; page and act ask this. `rows` come with what `wanted.RELATED` names."""
    wishes = list(rows)
    found = wanted.grounds(wishes, now=now)
    return [_offer(wish, found[wish.site_unit_id], actor, now) for wish in wishes]


def place(pk: int, key: str, *, actor: Actor, clock: Callable[[], datetime]) -> WantedDuty:
    """Mends a wish by the place `key` (of `Place`; empty: the first), as the window allows; again is the same answer.

    Raises `NotFound`, `NotAllowed`, `AlreadyAnswered`, `NotNow`, `PlaceGone` and what `asking.ask` does.
    """
    seen = access.get(actor, WantedDuty, ACTION, pk=pk)
    with cutoffs.refusing(asking.HELD_BY_THE_DATABASE), transaction.atomic():
        wish = _held(seen)
        now = clock()
        if _is_mine(wish, actor, (State.PLACED, State.ASKED), now):
            return wish
        _refuse_answered(wish, now)
        [offer] = offers([wish], actor=actor, now=now)
        if offer.step is Step.CALL:
            return _call(wish, actor, now)
        if wish.state == State.CALLED and wish.answered_by_id == actor.user.pk and not offer.is_open:
            return wish
        if not offer.is_open:
            raise NotNow(detail=offer.why)
        change = _ask(wish, _chosen(offer, key), actor, clock)
        state = State.PLACED if change.status == ProctorChange.Status.APPLIED else State.ASKED
        _answer(wish, state, actor, now, change=change.pk)
        if state == State.ASKED:
            wanted_news.asked(wish, now=now)
    return wish


def dismiss(pk: int, reason: str, *, actor: Actor, clock: Callable[[], datetime]) -> WantedDuty:
    """Says no with a reason, which the proctor is told; again by the same person is the same answer.

    Raises `NotFound`, `NotAllowed`, `AlreadyAnswered`, `Invalid`.
    """
    seen = access.get(actor, WantedDuty, ACTION, pk=pk)
    said = reason_in(reason, NO_REASON)
    with transaction.atomic():
        wish = _held(seen)
        now = clock()
        if _is_mine(wish, actor, (State.DISMISSED,), now):
            return wish
        _refuse_answered(wish, now)
        _answer(wish, State.DISMISSED, actor, now, note=said)
        wanted_news.dismissed(wish, now=now)
    return wish


def _offer(wish: WantedDuty, ground: Ground, actor: Actor, now: datetime) -> Offer:
    if change := ground.change_of(wish):
        return Offer(wish, Step.WAITS, change=change)
    if first := _comes_first(wish, ground):
        return first
    try:
        asker, window = askers.asker_window(actor, RoomSession(site_unit=wish.site_unit), now=now)
    except NotAllowed as refusal:
        return Offer(wish, Step.NOTHING, why=refusal.detail)
    if window is ChangeWindow.CLOSED:
        if asker is Asker.SITE and wish.state != State.CALLED:
            return Offer(wish, Step.CALL)
        why = askers.closed(RoomSession(site_unit=wish.site_unit), now).detail
        return Offer(wish, Step.NOTHING, why=why)
    places = ground.places(wish)
    if not places:
        return Offer(wish, Step.FIRST, why=NO_ROOM)
    if window is ChangeWindow.EMERGENCY:
        return Offer(wish, Step.EMERGENCY, places)
    return Offer(wish, Step.PLACE if applies_at_once(asker, window) else Step.ASK, places)


def _comes_first(wish: WantedDuty, ground: Ground) -> Offer | None:
    name = wish.proctor.name
    if wish.proctor_id not in ground.own:
        return Offer(wish, Step.FIRST, why=NOT_OURS.format(name=name))
    if wish.proctor_id not in ground.certified:
        why = NOT_CERTIFIED.format(name=name)
        return Offer(wish, Step.FIRST, why=why, lacks_certificate=True)
    if held := ground.held.get(wish.proctor_id):
        why = BUSY.format(name=name, site=held.site_unit.site.name, room=held.room.room_no)
        return Offer(wish, Step.FIRST, why=why, held=held)
    return None


def _held(seen: WantedDuty) -> WantedDuty:
    """The wish as it stands, locked after its site unit, as everywhere.

    It is read once it is locked: whoever waited for the lock would have the row anew, but not whom it names.
    """
    schedule.hold([seen.site_unit_id])
    rows = WantedDuty.objects.filter(pk=seen.pk)
    list(rows.select_for_update(no_key=True).values_list("pk"))
    wish = rows.select_related(*wanted.RELATED).first()
    if wish is None:  # a drill began anew
        raise NotFound()
    return wish


def _is_mine(wish: WantedDuty, actor: Actor, states: Iterable[str], now: datetime) -> bool:
    """Whether the actor has just done what they ask for: a second touch of the same hand."""
    return wish.state in states and wish.answered_by_id == actor.user.pk and _is_settled(wish, now)


def _is_settled(wish: WantedDuty, now: datetime) -> bool:
    """Whether nothing is left to do; one that the duty officer was called for is left to them."""
    if wish.state == State.CALLED:
        return False
    if not wanted.unsettled(WantedDuty.objects.filter(pk=wish.pk), now=now).exists():
        return True
    if wish.state != State.ASKED or wish.change is None:
        return False
    waiting = ProctorChange.objects.filter(
        pk=wish.change, status=ProctorChange.Status.PENDING, window_until__gt=now
    )
    return waiting.exists()


def _refuse_answered(wish: WantedDuty, now: datetime) -> None:
    if not _is_settled(wish, now):
        return
    if wish.answered_by is None or wish.answered_at is None:
        raise NotNow(detail=askers.EntryClosed.sentence if _is_over(wish, now) else PlaceGone.sentence)
    at = wish.site_unit.unit.plan.plan_time(wish.answered_at).astimezone(BEIJING)
    raise AlreadyAnswered(by=wish.answered_by.name, at=at.strftime("%m-%d %H:%M"))


def _is_over(wish: WantedDuty, now: datetime) -> bool:
    return now >= wish.site_unit.entry_closes_at


def _chosen(offer: Offer, key: str) -> Place:
    found = offer.places[0] if not key else next((p for p in offer.places if p.key == key), None)
    if found is None:
        raise PlaceGone()
    return found


def _ask(wish: WantedDuty, chosen: Place, actor: Actor, clock: Callable[[], datetime]) -> ProctorChange:
    outgoing = chosen.outgoing.pk if chosen.outgoing else None
    reason = REASON.format(name=wish.proctor.name, missing=wanted_news.MISSING[wish.missing])
    [made] = asking.ask(
        [Piece(uuid4(), chosen.session.pk, outgoing, wish.proctor_id)],
        reason=reason.zh,
        batch=uuid4(),
        actor=actor,
        clock=clock,
    )
    return made


def _call(wish: WantedDuty, actor: Actor, now: datetime) -> WantedDuty:
    _answer(wish, State.CALLED, actor, now)
    wanted_news.called(wish, now=now)
    return wish


def _answer(wish: WantedDuty, state: str, actor: Actor, now: datetime, **more: object) -> None:
    """Writes the answer; the row is held, so nobody else's stands in its way."""
    said = {"state": state, "answered_by": actor.user, "answered_at": now, "note": "", "change": None} | more
    for name, value in said.items():
        setattr(wish, name, value)
    WantedDuty.objects.filter(pk=wish.pk).update(**said)
    events.record(
        f"roster.wanted_{state}",
        now=now,
        actor=actor.user,
        site_unit=wish.site_unit,
        room_session=wish.room_session,
        subject=wish.proctor.username[:60],
        note=wish.note,
    )
