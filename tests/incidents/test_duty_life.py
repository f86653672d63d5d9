"""Whatever happens to a room's duties in whatever order: none is lost, none is met without a picture (C14)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from exam_ops.rules.evidence_review import Verdict
from incidents import moves
from incidents.models import Evidence, EvidenceDuty, EvidenceMark, EvidenceReview
from incidents.services import duties, duty_pictures, evidence_reviews, rooms, withdrawals
from incidents.services.evidence_reviews import Said
from tests.conftest import moment, nothing_stays
from tests.incidents.evidence_scenes import owe, send
from tests.world import World

Status = EvidenceDuty.Status
person, picture = st.integers(0, 1), st.integers(0, 1)  # few, so that things meet
opens = st.tuples(st.just("open"), person, st.sampled_from(["C3", "C6", "C13"]))
opens_room = st.just(("open_room",))
sends = st.tuples(st.just("send"), st.sampled_from([{0}, {0, 1}, set()]))
withdraws = st.tuples(st.just("withdraw"), picture)
judges = st.tuples(
    st.just("judge"), picture, st.sampled_from(list(Verdict)), st.sampled_from(["chief", "branch"])
)
others = st.sampled_from([("sign_in", 0), ("sign_in", 1), ("name",), ("close",), ("reopen",)])
steps = st.lists(
    st.one_of(opens, opens_room, sends, sends, withdraws, judges, judges, others), min_size=4, max_size=12
)


@dataclass
class Room:
    """One room and the services, told step by step."""

    world: World
    now: datetime
    known: Counter[int | None] = field(default_factory=Counter)  # duties a candidate has had

    @property
    def people(self) -> list[Sitting]:
        return list(Sitting.objects.filter(room_session=self.world.room).order_by("seat_no")[:3])

    @property
    def room(self) -> RoomSession:
        rows = RoomSession.objects.select_related("room", "site_unit__site__branch", "site_unit__unit__plan")
        return rows.get(pk=self.world.room.pk)

    def do(self, step: tuple) -> None:
        """Does one step; what is refused has changed nothing."""
        self.now += timedelta(seconds=1)
        kind, *given = step
        try:
            with transaction.atomic():
                getattr(self, f"_{kind}")(*given)
        except Refusal:
            pass

    def _actor(self, name: str) -> access.Actor:
        return access.actor_for(getattr(self.world.cast, name), now=self.now)

    def _picture(self, number: int) -> Evidence | None:
        rows = Evidence.objects.select_related(*evidence_reviews.RELATED).order_by("version")
        return rows[number : number + 1].first()

    def _open(self, who: int, cause: str) -> None:
        person = self.people[who]
        person.room_session = self.room
        owe([person], now=self.now, cause=cause)

    def _open_room(self) -> None:
        duties.open_for_rooms([(self.room, EvidenceDuty.Cause.NO_RESPONSE, None)], now=self.now)

    def _send(self, names: set[int]) -> None:
        people = [person for n, person in enumerate(self.people) if n in names]
        send(self.room, self.world.cast.proctor, now=self.now, names=people, sha256="0" * 64, size=1)

    def _withdraw(self, number: int) -> None:
        if found := self._picture(number):
            withdrawals.withdraw(found, reason="x", actor=self._actor("proctor"), now=self.now)

    def _judge(self, number: int, verdict: Verdict, by: str) -> None:
        if (found := self._picture(number)) is None:
            return
        actor = self._actor(by)
        there = EvidenceReview.objects.filter(evidence=found, is_current=True, by=actor.user).first()
        if verdict is Verdict.TAKEN_BACK:
            if there is not None:
                evidence_reviews.take_back(there, actor=actor, now=self.now)
            return
        said = Said(verdict, "x", there.pk if there else None)
        evidence_reviews.give(found, said, actor=actor, now=self.now)

    def _sign_in(self, who: int) -> None:
        duties.drop_for([self.people[who]], why="signed_in", actor=None, now=self.now)

    def _name(self) -> None:
        rooms.name_the_unsigned([self.room], now=self.now)

    def _close(self) -> None:
        site_unit = self.room.site_unit
        SiteUnit.objects.filter(pk=site_unit.pk).update(evidence_closes_at=self.now)
        duties.miss([site_unit], now=self.now)

    def _reopen(self) -> None:
        site_unit = self.room.site_unit
        site_unit.evidence_closes_at = self.now + timedelta(hours=1)
        site_unit.save(update_fields=["evidence_closes_at"])
        moves.open_again([site_unit], self.now, None)

    def check(self) -> None:
        """What must hold after every step."""
        found = list(EvidenceDuty.objects.select_related("met_by"))
        standing = {row.pk: row for row in duty_pictures.standing([self.world.room])}
        named = set(EvidenceMark.objects.values_list("evidence_id", "sitting_id"))
        for duty in found:
            if duty.status == Status.MET:
                assert duty.met_by_id in standing
                assert duty.sitting_id is None or (duty.met_by_id, duty.sitting_id) in named
            elif duty.status == Status.OPEN and duty.sitting_id:
                assert not any((pk, duty.sitting_id) in named for pk in standing), (
                    "owed, and a picture stands"
                )
            assert (duty.closed_at is None) == (duty.status == Status.OPEN)
        had = Counter(duty.sitting_id for duty in found)
        assert not self.known - had, "a duty is lost"
        self.known = had
        if self.now >= self.room.site_unit.evidence_closes_at:
            assert all(duty.status != Status.OPEN or duty.opened_at >= self.closed_at for duty in found)
        owing = {duty.sitting_id for duty in found if duty.sitting_id and duty.status != Status.DROPPED}
        marked = set(Sitting.objects.filter(emergency=True).values_list("pk", flat=True))
        assert marked == owing
        assert self.room.emergency == len(marked)

    @property
    def closed_at(self) -> datetime:
        return self.room.site_unit.evidence_closes_at


@pytest.mark.sqlite_only
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=steps)
def test_any_order_of_events_on_a_rooms_duties(world, cast, at, order):
    with nothing_stays():
        room = Room(world, moment("T+31m"))
        for step in order:
            room.do(step)
            room.check()


def test_at_t30_a_room_names_its_unsigned_though_an_early_picture_has_met_it(world, cast, at):
    first, second, *_ = world.sittings["A1/301"]
    duties.open_for_rooms([(world.room, EvidenceDuty.Cause.NO_RESPONSE, None)], now=at.now)
    send(world.room, cast.proctor, now=at("T+29m"), names=[first])
    rooms.name_the_unsigned([world.room], now=at("T+30m"))
    found = dict(EvidenceDuty.objects.values_list("sitting", "status"))
    assert (found[None], found[first.pk], found[second.pk], len(found)) == ("met", "met", "open", 7)


def test_a_later_cause_is_met_by_the_picture_that_names_the_candidate(world, cast, at):
    send(world.room, cast.proctor, now=at("T+31m"), names=[world.sitting])
    owe([world.sitting], now=at("T+40m"), cause="C13")
    assert EvidenceDuty.objects.get().status == "met"


def test_two_causes_that_one_picture_met_owe_one_picture_when_it_falls(world, cast, at):
    row = send(world.room, cast.proctor, now=at("T+31m"), names=[world.sitting])
    for cause in ("C3", "C13"):
        owe([world.sitting], now=at.now, cause=cause)
    withdrawals.withdraw(row, reason="x", actor=access.actor_for(cast.proctor, now=at.now), now=at.now)
    found = EvidenceDuty.objects.order_by("pk").values_list("status", "why_closed")
    assert list(found) == [("open", ""), ("dropped", "owed_already")]


def test_who_met_one_duty_stays_an_emergency_when_another_is_dropped(world, cast, at):
    owe([world.sitting], now=at.now)
    send(world.room, cast.proctor, now=at("T+31m"), names=[world.sitting])
    EvidenceDuty.objects.create(
        room_session=world.room, sitting=world.sitting, cause="C6", opened_at=at.now
    )  # as one stood before its picture was counted
    duties.drop_for([world.sitting], why="signed_in", actor=None, now=at.now)
    assert Sitting.objects.get(pk=world.sitting.pk).emergency


def test_who_signs_in_late_owes_no_more(world, cast, at):
    owe([world.sitting], now=at.now)
    duties.drop_for([world.sitting], why="signed_in", actor=None, now=at.now)
    duty = EvidenceDuty.objects.get()
    assert (duty.status, duty.why_closed) == ("dropped", "signed_in")
    assert not Sitting.objects.get(pk=world.sitting.pk).emergency
