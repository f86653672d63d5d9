"""What a batch of sign-ins stands on, read once whatever its size."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID, uuid4

from django.db.models import Q

from exam_ops.core.access import Actor, visible
from exam_ops.core.models import ExamPlan, RosterRow, SiteUnit, Sitting
from verification.models import SignIn
from verification.services.facts import Fact, Heard, derived_key


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands beside the items: when the phone sent them, and how many checks it has made.

    `on_device_clock`: the times are real ones, to be laid on a drill's clock.
    """

    sent_at: datetime | None = None
    last_seq: int | None = None
    on_device_clock: bool = False

    def on_plan_clock(self, at: datetime, plan: ExamPlan) -> datetime:
        return plan.plan_time(at) if self.on_device_clock else at

    def skew(self, plan: ExamPlan, now: datetime) -> timedelta | None:
        if self.sent_at is None:
            return None
        return plan.plan_time(now) - self.on_plan_clock(self.sent_at, plan)


@dataclass
class Ground:
    """What a batch stands on, read once: the sittings it names, who proctors where, what is known by id."""

    actor: Actor
    envelope: Envelope
    now: datetime
    sittings: dict[int, Sitting] = field(default_factory=dict)
    roster: dict[int, RosterRow] = field(default_factory=dict)  # by room session
    known: dict[UUID, SignIn] = field(default_factory=dict)
    batch: UUID = field(default_factory=uuid4)

    @cached_property
    def here(self) -> int | None:
        """The room session of a fact that names no known sitting: the batch's only one, or the one on duty now."""
        rooms = {s.room_session_id for s in self.sittings.values() if s.room_session_id in self.roster}
        if not rooms:
            rooms = {pk for pk, row in self.roster.items() if _is_on(row.room_session.site_unit, self.now)}
        return rooms.pop() if len(rooms) == 1 else None

    def sitting_of(self, fact: Fact | None) -> Sitting | None:
        """The sitting that the fact names, if it is in the proctor's scope."""
        return self.sittings.get(fact.sitting) if fact and fact.sitting is not None else None

    def duty_for(self, sitting: Sitting) -> RosterRow | None:
        """The proctor's own duty in the sitting's room."""
        return self.roster.get(sitting.room_session_id) if sitting.room_session_id else None

    def checked_at(self, fact: Fact, sitting: Sitting) -> datetime:
        """The real instant of the check, corrected by the phone's skew where that is known."""
        plan = sitting.site_unit.unit.plan
        at = plan.real_time(self.envelope.on_plan_clock(fact.at, plan))
        return at + (self.envelope.skew(plan, self.now) or timedelta(0))


def in_scope(heard: Iterable[Heard], actor: Actor) -> dict[int, int]:
    """Sitting → site unit of those in the proctor's scope; others do not exist for them."""
    named = {h.fact.sitting for h in heard if h.fact and h.fact.sitting is not None}
    rows = visible(actor, Sitting, "sign_in.record").filter(pk__in=named)
    return dict(rows.values_list("pk", "site_unit_id"))


def stand(heard: Sequence[Heard], sittings: Iterable[int], ground: Ground) -> Ground:
    """Reads the ground in three statements; the sittings are locked in order."""
    locked = (
        Sitting.objects.filter(pk__in=list(sittings))
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    ground.sittings = {s.pk: s for s in locked.select_related("site_unit__unit__plan", "room_session")}
    rooms = {s.room_session_id for s in ground.sittings.values()}
    recent = Q(room_session__site_unit__ends_at__gt=ground.now - timedelta(days=1))
    own = RosterRow.objects.filter(recent | Q(room_session__in=rooms), proctor=ground.actor.user)
    ground.roster = {row.room_session_id: row for row in own.select_related("room_session__site_unit")}
    keys = {h.key for h in heard} | {aside(h) for h in heard}
    ground.known = {row.pk: row for row in SignIn.objects.filter(pk__in=keys)}
    return ground


def aside(item: Heard) -> UUID:
    """The key of a fact whose id is taken by another: kept as well, for people to look at."""
    return derived_key(f"{item.key}{item.mark}")


def _is_on(site_unit: SiteUnit, now: datetime) -> bool:
    return site_unit.entry_opens_at <= now < site_unit.ends_at
