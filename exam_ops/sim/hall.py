"""The computer rooms: exam clients that report, log in, save answers and hand in."""

from dataclasses import dataclass
from random import Random

from exam_ops.sim.client import ExamClient
from exam_ops.sim.http import Problem
from exam_ops.sim.stage import Room, Seat, Stage, Unit

EARLY = 0.1  # share of machines that report their facts and log in before the sign-in
NEVER_SUBMIT = 3  # papers that are left to the forced submission


@dataclass(slots=True)
class Place:
    """A candidate at a machine."""

    room: Room
    seat: Seat
    client: ExamClient
    minutes: int
    last4: str
    is_submitted: bool = False

    @property
    def sits(self) -> bool:
        return self.client.is_admitted and not self.is_submitted


class Hall:
    """The machines of one unit."""

    def __init__(self, stage: Stage, unit: Unit, rooms: list[Room]) -> None:
        self.stage = stage
        self.unit = unit
        self.rng: Random = stage.rng("hall", unit.code)
        share = stage.scale.clients
        self.places = [
            self.place(room, seat) for room in rooms for seat in room.comers if self.rng.random() < share
        ]
        self._early = self.places[: int(len(self.places) * EARLY)]

    def place(self, room: Room, seat: Seat, machine: str = "") -> Place:
        """A machine for a seat; `machine` names another than the seat's own."""
        known = self.stage.book.by_ticket[self.unit.code, seat.ticket_no]
        name = machine or f"PC-{room.site}-{room.number}-{seat.index + 1:02d}"
        client = ExamClient(self.stage.portal, name, rng=self.stage.rng("client", name))
        return Place(room, seat, client, known.minutes, known.last4)

    # --- before the start ---

    def early(self) -> None:
        """Some machines report their facts and log their candidates in before the sign-in."""
        self.stage.crowd.each(self._report, self._early)
        self.stage.crowd.each(self.log_in, self._early)

    def _report(self, place: Place) -> None:
        self.stage.ledger.attempt("机器检测", place.client.report)

    def rest(self) -> None:
        """Everybody else logs in."""
        self.stage.crowd.each(self.log_in, self.places[len(self._early) :])

    def log_in(self, place: Place, expected: str = "admitted") -> bool:
        """Logs in at a machine and checks how the login stands."""
        state = self.stage.ledger.attempt(
            "客户端登录", lambda: place.client.login(place.seat.ticket_no, place.last4)
        )
        if state is None:
            return False
        status = state.get("status")
        return self.stage.ledger.check(
            "客户端登录状态", status == expected, f"{status}, not {expected}: {state}"
        )

    def refused(self, place: Place, code: str) -> Problem | None:
        """A login that the gate must refuse."""
        return self.stage.ledger.refusal(
            "客户端登录", lambda: place.client.login(place.seat.ticket_no, place.last4), [code]
        )

    def settle(self, place: Place) -> bool:
        """Whether a waiting client is let in."""

        def is_in() -> bool:
            return place.client.poll()["status"] == "admitted"

        return self.stage.eventually("等候的客户端获准", is_in, tries=5)

    # --- the exam ---

    def load_papers(self) -> None:
        """Clients report the paper on the screen; two of them lose the network for a while."""
        sitting = [p for p in self.places if p.sits]
        self.stage.crowd.each(lambda p: self._event(p, "paper_loaded"), sitting[::5])
        self.stage.crowd.each(lambda p: self._event(p, "offline", "online"), sitting[1:3])

    def _event(self, place: Place, *kinds: str) -> None:
        self.stage.ledger.attempt("客户端事件", lambda: place.client.event(*kinds))

    def answer(self, first: int, last: int) -> None:
        """Everybody whose paper is not over saves the answers of these questions."""
        now = self.stage.portal.clock.now()
        writing = [p for p in self.places if p.sits and now < self.unit.at(p.minutes)]
        self.stage.crowd.each(lambda p: self._answer(p, first, last), writing)

    def _answer(self, place: Place, first: int, last: int) -> None:
        answers = {str(q): place.client.rng.choice("ABCD") for q in range(first, last + 1)}
        saved = self.stage.ledger.attempt("保存作答", lambda: place.client.answer(answers))
        if saved:
            self.stage.ledger.check("保存作答", saved["stored"] + saved["ignored"] == len(answers), saved)

    def submit(self, *, minutes: int | None = None, share: float = 1.0) -> None:
        """A share of those with papers of this length (None: any) hand in; a few never do."""
        ready = [p for p in self.places[NEVER_SUBMIT:] if p.sits and minutes in (None, p.minutes)]
        self.stage.crowd.each(self._submit, ready[: round(len(ready) * share)])

    def _submit(self, place: Place) -> None:
        if self.stage.ledger.attempt("交卷", place.client.submit) is not None:
            place.is_submitted = True
