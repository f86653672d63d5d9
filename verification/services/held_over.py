"""留考: kept supervised between two papers, left, or brought to the next one (E10; domain, 留考).

Leaving is absence from the next paper; a person says so, never a machine. Who is brought over needs no new
door check: they were checked for the paper before and have been supervised since.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from exam_ops.core import access, entry, events, schedule
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound, NotOpen, Refusal
from exam_ops.core.models import Membership, SiteUnit, Sitting, User
from exam_ops.rules.entry import MAY_SIT, Cause, Entry
from exam_ops.rules.permissions import SITE_HEADS
from exam_ops.rules.text import Text
from incidents.services import messages
from verification.models import SignIn, Supervision
from verification.selectors.held_over import State, before_of, state_of, unanswered
from verification.services.entry_requests import AlreadyPending, AlreadySignedIn, locked_sittings

ACTION = "held_over.record"


class NotHeldOver(Refusal):
    code, status = "not_held_over", 409
    title = Text("不是留考考生", "Not held over")
    sentence = Text(
        "该考生这一科次不是留考，或上一科次未入场，请按正常入场核验办理。",
        "This paper is not a held-over one, or the candidate was not in for the paper before. Check them at the door.",
    )


class HasLeft(Refusal):
    code, status = "has_left", 409
    title = Text("考生已离开", "The candidate has left")
    sentence = Text(
        "已记录该考生离开监管，下一科次为缺考。如记录有误，请在停止入场前先改回“监管中”。",
        "They are recorded as having left: absent from the next paper. If that is wrong, set 'kept' again before entry closes.",
    )


class NotYet(NotOpen):
    sentence = Text(
        "下一科次还没有开始入场，请在开始入场后办理。",
        "Entry to the next paper has not opened yet. Do it when it has.",
    )


class UnitOver(NotOpen):
    sentence = Text(
        "该科次已结束，不能再更改留考记录。请在考后核验中说明。",
        "This paper has ended; what was said of held-over candidates stays. Explain it in the check after the exam.",
    )


def find(actor: Actor, pk: int) -> Sitting:
    """The next paper's sitting, once the actor answers for the candidate: in its room or that of the paper before.

    Raises `NotFound`, `NotAllowed`, `OutOfScope`.
    """
    rows = access.visible(actor, Sitting, ACTION).filter(pk=pk)
    sitting = rows.select_related("site_unit__unit__plan", "room_session__site_unit__unit").first()
    if sitting is None:
        raise NotFound()
    if refusal := access.refused(actor, ACTION, sitting):
        before = before_of(sitting)
        if before is None or access.refused(actor, ACTION, before):
            raise refusal
    return sitting


@transaction.atomic
def record(sitting: Sitting, state: State, *, actor: User, now: datetime) -> tuple[Supervision, bool]:
    """Says what became of a held-over candidate; returns the record and whether that is new.

    `sitting` is the next paper's; the caller has it by `find`. KEPT takes a mistaken LEFT back until entry
    closes, and a mistaken ENTERED as long as no phone has signed them in. ENTERED lets them sit without a new
    door check, from the opening of entry to the unit's end.
    Raises `NotHeldOver`, `HasLeft`, `NotYet`, `UnitOver`, `AlreadySignedIn`, `AlreadyPending`.
    """
    schedule.hold([sitting.site_unit_id])
    sitting = locked_sittings([sitting.pk])[0]
    said = Supervision.objects.select_for_update(of=("self",), no_key=True).filter(sitting=sitting).first()
    if said is not None and state_of(said) is state:
        return said, False
    _check(sitting, said, state, now)
    said = said or Supervision(sitting=sitting)
    _ACTS[state](said, sitting, actor, now)
    said.save()
    entry.touch([sitting.room_session_id] if sitting.room_session_id else [])
    events.record_of(sitting, f"entry.held_over_{state.value}", now=now, actor=actor)
    return said, True


def ask(site_units: Iterable[SiteUnit], *, now: datetime) -> int:
    """At close of entry asks each site about its held-over candidates who are not in; returns how many it is about.

    The statements do not grow with the site units.
    """
    keys = [s.pk for s in site_units]
    waiting = unanswered(Sitting.objects.filter(site_unit__in=keys)).order_by()
    sizes = Counter(waiting.values_list("site_unit", flat=True))
    if not sizes:
        return 0
    asked = list(SiteUnit.objects.filter(pk__in=sizes).select_related("site", "unit__plan").order_by("pk"))
    staff: dict[int | None, list[int]] = defaultdict(list)
    heads = Membership.objects.filter(
        site__in={s.site_id for s in asked}, role__in=SITE_HEADS, user__is_active=True
    )
    for site_id, user_id in heads.order_by("user").values_list("site", "user").distinct():
        staff[site_id].append(user_id)
    messages.tell_many([_question(s, sizes[s.pk], staff[s.site_id]) for s in asked], now=now)
    return sizes.total()


def _check(sitting: Sitting, said: Supervision | None, state: State, now: datetime) -> None:
    site_unit, before = sitting.site_unit, before_of(sitting)
    if not sitting.held_over or before is None or before.entry_status not in MAY_SIT:
        raise NotHeldOver()
    if now >= site_unit.ends_at:
        raise UnitOver()
    has_left = state_of(said) is State.LEFT
    if has_left and (state is State.ENTERED or now >= site_unit.entry_closes_at):
        raise HasLeft()
    if sitting.entry_status == Entry.PENDING:
        raise AlreadyPending(entry_status=sitting.entry_status)
    taken_back = state_of(said) is State.ENTERED and state is State.KEPT and not _has_passed(sitting)
    if sitting.entry_status != Entry.NOT_SIGNED_IN and not has_left and not taken_back:
        raise AlreadySignedIn(entry_status=sitting.entry_status)
    if state is State.ENTERED and now < site_unit.entry_opens_at:
        raise NotYet()


def _has_passed(sitting: Sitting) -> bool:
    """Whether a phone has signed them in for this paper as well."""
    return SignIn.objects.filter(sitting=sitting, effective=True).exists()


def _keep(said: Supervision, sitting: Sitting, actor: User, now: datetime) -> None:
    if said.left_at is not None:
        entry.move([sitting], Cause.KEPT, now=now)
        said.left_at, said.left_by = None, None
    if said.entered_at is not None:
        entry.move([sitting], Cause.UNDO, now=now)
        said.entered_at, said.entered_by = None, None
    said.kept_at, said.kept_by = now, actor


def _leave(said: Supervision, sitting: Sitting, actor: User, now: datetime) -> None:
    said.left_at, said.left_by = now, actor
    entry.move([sitting], Cause.LEFT, now=now)


def _enter(said: Supervision, sitting: Sitting, actor: User, now: datetime) -> None:
    if said.kept_at is None:  # whoever brings them over says by it that they were kept
        said.kept_at, said.kept_by = now, actor
    said.entered_at, said.entered_by = now, actor
    entry.move([sitting], Cause.SUPERVISED, now=now)


_ACTS = {State.KEPT: _keep, State.LEFT: _leave, State.ENTERED: _enter}


def _question(site_unit: SiteUnit, size: int, people: list[int]) -> messages.Message:
    return messages.Message(
        people,
        key=f"held_over.asked:{site_unit.pk}:{site_unit.generation}",
        event="held_over.asked",
        fields={"site": site_unit.site.name, "unit": str(site_unit.unit), "count": size},
        url=reverse("held-over", args=[site_unit.pk]),
        plan=site_unit.unit.plan,
    )
