"""Whatever comes in whatever order: the candidate stands as the page of paper in `tests/entry_model.py` says.

Checks passed and failed, in time and late, the same again, requests, decisions, the close, an undo.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exam_ops.core import access, entry, idempotency
from exam_ops.core.errors import Refusal
from exam_ops.core.models import Sitting
from exam_ops.rules.entry import Cause
from exam_ops.rules.permissions import Role
from tests import entry_model as model
from tests import world as worlds
from tests.conftest import moment, nothing_stays, phone_token
from tests.faults.doors import judge, standing, told
from tests.faults.doors.calls import Meet
from tests.world import World
from verification.models import SignIn
from verification.services import close_of_entry, decisions, entry_requests, sign_ins

pytestmark = pytest.mark.sqlite_only

IN_TIME, AFTER = moment("T-10m"), moment("T+31m")
PROCTORS, CHIEFS = ("proctor", "second"), ("chief", "chief2")
LEFT_BEHIND = (judge.effective, judge.counters, judge.failures, judge.duties, judge.events, judge.duty_events)


def _id(kind: int, number: int) -> str:
    return str(UUID(int=kind << 64 | number))


checks = st.builds(
    lambda number, passed, at, by: ("check", number, passed, at, by),
    st.integers(0, 3),
    st.booleans(),
    st.sampled_from(("T-20m", "T-11m", "T-31m")),
    st.sampled_from(PROCTORS),
)
asks = st.tuples(
    st.just("ask"), st.integers(0, 2), st.sampled_from(PROCTORS), st.sampled_from(("", "x", "y"))
)
choices = st.tuples(
    st.just("decide"),
    st.integers(0, 2),
    st.sampled_from(("approved", "rejected")),
    st.sampled_from((*CHIEFS, PROCTORS[0])),
)
anything = st.one_of(checks, asks, choices, st.just(("undo",)))
orders = st.tuples(
    st.lists(anything, max_size=6), st.lists(st.one_of(anything, st.just(("close",))), max_size=4)
)


@dataclass
class Desk:
    """The services, told the same as the page of paper."""

    world: World
    actors: dict[str, access.Actor]
    door: model.Door

    @property
    def sitting(self) -> Sitting:
        rows = Sitting.objects.select_related("site_unit__unit__plan", "room_session", "candidate")
        return rows.get(pk=self.world.sitting.pk)

    def do(self, step: tuple, now: datetime) -> None:
        """Does one step on both sides; their answers must agree."""
        kind, *given = step
        getattr(self, f"_{kind}")(*given, now=now)

    def _agree(self, act: model.Act, said: model.Answer, now: datetime) -> None:
        assert said == self.door.do(act, closed=now == AFTER), act

    def _check(self, number: int, passed: bool, at: str, by: str, *, now: datetime) -> None:
        item = {
            "id": _id(1, number),
            "sitting": self.world.sitting.pk,
            "captured_at": moment(at).isoformat(),
            "method": "face",
            "outcome": "passed" if passed else "failed",
            "score": 0.5,
            "device_id": "phone",
            "device_seq": number + 1,
        }
        (result,) = sign_ins.record([item], sign_ins.Envelope(), actor=self.actors[by], now=now).results
        said = told.content(item["outcome"], "phone", number + 1, moment(at).timestamp(), 0.5)
        check = model.Check(item["id"], passed, said, in_window=at != "T-31m")
        answer = (result.status, result.code or "", result.entry_status)
        self._agree(model.Checks((check,), by), (answer,), now)

    def _ask(self, number: int, by: str, note: str, *, now: datetime) -> None:
        asked = entry_requests.Asked(UUID(_id(2, number)), "face_check_failed", True, note)
        requester = self.actors[by].user

        def create() -> dict:
            entry_requests.submit(asked, sitting=self.sitting, requester=requester, now=now)
            return {}

        try:
            _, is_new = idempotency.once(
                asked.id, kind="entry_request", user=requester, fields=note, now=now, create=create
            )
            said = "made" if is_new else "again"
        except Refusal as refusal:
            said = refusal.code
        self._agree(model.Ask(str(asked.id), by, note), (said,), now)

    def _decide(self, number: int, outcome: str, by: str, *, now: datetime) -> None:
        if (id := _id(2, number)) not in self.door.requests:
            return
        actor = self.actors[by]
        if by in PROCTORS and self.door.requests[id].by != by:
            return  # somebody else's is refused for want of the role, which is no matter of order
        done = decisions.decide_many([id], outcome=outcome, actor=actor, now=now)
        said: model.Answer = ("decided",) if done.decided else ("repeated",)
        for skipped in done.skipped:
            extra = skipped.refusal.extra
            said = (skipped.refusal.code, *(extra[k] for k in ("outcome", "decided_by") if k in extra))
        self._agree(model.Decide(id, outcome, by), said, now)

    def _undo(self, *, now: datetime) -> None:
        entry.move([self.sitting], Cause.UNDO, now=now)
        if self.sitting.entry_status == "not_signed_in":
            SignIn.objects.filter(sitting=self.world.sitting).update(effective=False)
        self.door.do(model.Undo())

    def _close(self, *, now: datetime) -> None:
        units = [self.world.site_unit]
        close_of_entry.expire_requests(units, now=now)
        close_of_entry.make_absent(units, now)
        self.door.do(model.Expire())
        self.door.do(model.LeaveOut())


@pytest.fixture
def actors(world, cast, at) -> dict[str, access.Actor]:
    people = {name: getattr(cast, name) for name in (*PROCTORS, "chief")}
    people["chief2"] = worlds.member("chief2", Role.CHIEF, site=world.site)
    for name in PROCTORS:
        phone_token(people[name])
    return {
        name: access.actor_for(user, now=IN_TIME, device_id=name in PROCTORS or None)
        for name, user in people.items()
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=orders)
def test_any_order_ends_where_the_rules_allow(world, actors, order):
    before, after = order
    pk = world.sitting.pk
    meet = Meet("", world.site_unit.pk, 0.0, 0.0, [pk], [])
    with nothing_stays():
        desk = Desk(world, actors, model.Door())
        for steps, now in ((before, IN_TIME), (after, AFTER)):
            for step in steps:
                desk.do(step, now)
                assert desk.sitting.entry_status == desk.door.status
        left = standing.Races([meet], [])
        assert left.end(pk) == desk.door
        wrong = {check.__name__: list(check(left)[1]) for check in LEFT_BEHIND}
        assert not any(wrong.values()), wrong
