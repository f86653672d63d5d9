"""Clearing the review list (核查清单): a person says what a reported fact comes to; the fact itself is never changed.

`no_effect`: looked at, nothing to do. `applied`: it signs the candidate in after all, where `rules/review.py` allows
it. The first clearing holds; the next person is told who and when.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from exam_ops.core import access, entry, events, schedule
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound, Refusal
from exam_ops.core.models import Event, RosterRow, Sitting
from exam_ops.rules.entry import Cause, Entry
from exam_ops.rules.review import Against, Case, against, cause
from incidents.services import packages
from verification.models import SignIn, SignInReview
from verification.services import entry_requests, sign_ins
from verification.services.reported import told
from verification.services.review_refusals import AlreadyCleared, CantApply, NotYoursToClear, UnknownTicket

Outcome = SignInReview.Outcome
PLACED, UNPLACED = "sign_in.review", "sign_in.place"
"""Who clears: the heads of the site; of what names no room, headquarters and technical support."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A fact that was not cleared, and why."""

    id: UUID
    refusal: Refusal


@dataclass(slots=True)
class Cleared:
    """What became of each fact; `repeated` had been cleared alike by the same person."""

    cleared: list[UUID] = field(default_factory=list)
    repeated: list[UUID] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@transaction.atomic
def clear(
    ids: Iterable[UUID], *, outcome: str, note: str, ticket: str = "", actor: Actor, now: datetime
) -> Cleared:
    """Clears facts, one or many, with one outcome and note; `ticket` names the candidate of one that names nobody.

    What can't be cleared is skipped with the reason. Statements do not grow with the facts.
    """
    asked = list(dict.fromkeys(ids))
    rows = access.visible(actor, SignIn, "sign_in.see").filter(pk__in=asked)
    seen = {fact.pk: fact for fact in rows.select_related("room_session")}
    named = _named(seen.values(), ticket, actor)
    places = Sitting.objects.filter(pk__in=named.values()).values_list("site_unit_id", flat=True)
    schedule.hold(places)
    sittings = {s.pk: s for s in entry_requests.locked_sittings(set(named.values()))}
    facts = _locked(seen)
    done = Cleared(skipped=[Skipped(pk, NotFound()) for pk in asked if pk not in facts])
    meant = {pk: sittings[named[pk]] for pk in facts if pk in named}
    judge = _Judge(actor, outcome, meant, cases_of(facts.values(), meant), now)
    for fact in facts.values():
        if refusal := judge.against(fact):
            same = isinstance(refusal, AlreadyCleared) and judge.is_repeat(fact)
            done.repeated.append(fact.pk) if same else done.skipped.append(Skipped(fact.pk, refusal))
        else:
            done.cleared.append(fact.pk)
    _keep([facts[pk] for pk in done.cleared], judge, note)
    if outcome == Outcome.APPLIED:
        packages.order_after_change({meant[pk].site_unit for pk in done.cleared}, now=now)
    return done


def cases_of(facts: Iterable[SignIn], meant: Mapping[UUID, Sitting]) -> dict[UUID, Case]:
    """Each fact with its candidate as `rules/review.py` judges it; sittings come with site unit and plan."""
    pairs = [(fact, meant[fact.pk]) for fact in facts if fact.pk in meant]
    rooms = {s.room_session_id for _, s in pairs}
    rostered = set(
        RosterRow.objects.filter(
            room_session__in=rooms, proctor__in={fact.proctor_id for fact, _ in pairs}
        ).values_list("room_session_id", "proctor_id")
    )
    return {fact.pk: _case(fact, s, (s.room_session_id, fact.proctor_id) in rostered) for fact, s in pairs}


def _case(fact: SignIn, sitting: Sitting, rostered: bool) -> Case:
    said, site_unit = told(fact), sitting.site_unit
    skew = timedelta(milliseconds=fact.skew_ms or 0)
    at = site_unit.unit.plan.real_time(said.captured_at) + skew if said.captured_at else None
    return Case(
        code=fact.code,
        passed=said.passed,
        manual=said.manual,
        captured_at=at,
        entry_opens_at=site_unit.entry_opens_at,
        entry_closes_at=site_unit.entry_closes_at,
        rostered=rostered,
        manual_check_for_all=site_unit.manual_check_for_all,
        entry_status=sitting.entry_status,
    )


def _named(facts: Collection[SignIn], ticket: str, actor: Actor) -> dict[UUID, int]:
    """Fact → sitting: the one it names, else the one of the ticket, in the fact's site unit or its proctor's rooms."""
    found = {fact.pk: fact.sitting_id for fact in facts if fact.sitting_id}
    open_ones = [fact for fact in facts if fact.pk not in found]
    if not ticket or not open_ones:
        return found
    rows = access.visible(actor, Sitting, "sign_in.see").filter(ticket_no=ticket, room_session__isnull=False)
    people = list(rows.values_list("pk", "site_unit_id", "room_session__roster__proctor"))
    for fact in open_ones:
        here = fact.room_session.site_unit_id if fact.room_session else None
        fits = [
            pk
            for pk, site_unit, proctor in people
            if (site_unit == here if here else proctor == fact.proctor_id)
        ]
        if fits:
            found[fact.pk] = fits[0]
    return found


def _locked(ids: Iterable[UUID]) -> dict[UUID, SignIn]:
    """The facts, locked in order: of two people who clear the same, the second sees the first one's row."""
    rows = SignIn.objects.filter(pk__in=list(ids)).order_by("pk").select_for_update(of=("self",), no_key=True)
    facts = {fact.pk: fact for fact in rows.select_related("room_session__site_unit__unit__plan")}
    reviews = SignInReview.objects.filter(pk__in=facts).select_related("cleared_by")
    cleared = {review.pk: review for review in reviews}
    for fact in facts.values():
        fact.cleared = cleared.get(fact.pk)  # type: ignore[attr-defined]
    return facts


@dataclass
class _Judge:
    """Says of each fact why this person can't clear it so, and remembers whom the ones before it signed in."""

    actor: Actor
    outcome: str
    sittings: Mapping[UUID, Sitting]
    cases: Mapping[UUID, Case]
    now: datetime
    taken: set[int] = field(default_factory=set)
    places: dict[int | None, bool] = field(default_factory=dict)

    def against(self, fact: SignIn) -> Refusal | None:
        if not self._may(fact):
            return NotYoursToClear()
        if review := fact.cleared:  # type: ignore[attr-defined]
            return AlreadyCleared(review, fact)
        return self._against_applying(fact) if self.outcome == Outcome.APPLIED else None

    def is_repeat(self, fact: SignIn) -> bool:
        review = fact.cleared  # type: ignore[attr-defined]
        return (review.outcome, review.cleared_by_id) == (self.outcome, self.actor.user.pk)

    def _may(self, fact: SignIn) -> bool:
        site_unit = fact.room_session.site_unit_id if fact.room_session else None
        if site_unit not in self.places:
            action = PLACED if site_unit else UNPLACED
            self.places[site_unit] = access.refused(self.actor, action, fact) is None
        return self.places[site_unit]

    def _against_applying(self, fact: SignIn) -> Refusal | None:
        case = self.cases.get(fact.pk)
        if case is None:
            return UnknownTicket()
        if why := against(case, now=self.now):
            return CantApply(why)
        sitting = self.sittings[fact.pk]
        if sitting.pk in self.taken:
            return CantApply(Against.STATUS)
        self.taken.add(sitting.pk)
        return None


def _keep(facts: Sequence[SignIn], judge: _Judge, note: str) -> None:
    """The clearings with their events, and what an applied fact moves."""
    applied = judge.outcome == Outcome.APPLIED
    SignInReview.objects.bulk_create(
        SignInReview(
            sign_in=fact,
            outcome=judge.outcome,
            note=note,
            sitting=judge.sittings[fact.pk] if applied else None,
            cleared_by=judge.actor.user,
            cleared_at=judge.now,
        )
        for fact in facts
    )
    Event.objects.bulk_create(_event(fact, judge, note) for fact in facts)
    if applied:
        _let_in(facts, judge)
    entry.touch({fact.room_session_id for fact in facts if fact.room_session_id})


def _event(fact: SignIn, judge: _Judge, note: str) -> Event:
    applied = judge.outcome == Outcome.APPLIED
    sitting = judge.sittings.get(fact.pk)
    session = (sitting.room_session if sitting else None) or fact.room_session
    return events.build(
        "sign_in.applied" if applied else "sign_in.reviewed",
        now=judge.now,
        actor=judge.actor.user,
        site_unit=sitting.site_unit if sitting else session.site_unit if session else None,
        room_session=session,
        sitting=sitting,
        subject=str(fact.pk),
        code=fact.code,
        note=note,
    )


def _let_in(facts: Sequence[SignIn], judge: _Judge) -> None:
    """The candidates of applied facts, as if these had been applied when they came."""
    groups: dict[tuple[Cause, bool], list[Sitting]] = {}
    for fact in facts:
        case, sitting = judge.cases[fact.pk], judge.sittings[fact.pk]
        late = fact.received_at >= case.entry_closes_at
        groups.setdefault((cause(case, now=judge.now), late), []).append(sitting)
    people = [sitting for group in groups.values() for sitting in group]
    waiting = [s for s in people if s.entry_status == Entry.PENDING]
    for (why, late), group in groups.items():
        entry.move(group, why, now=judge.now, late=late)
    sign_ins.release(people, waiting, actor=judge.actor.user, now=judge.now)
