"""Entry requests and the chiefs who decide them."""

from dataclasses import dataclass

from exam_ops.sim import camera
from exam_ops.sim.ledger import Ledger
from exam_ops.sim.office import Office
from exam_ops.sim.phone import Phone
from exam_ops.sim.stage import Room, Seat, Stage, Unit


@dataclass(slots=True)
class Request:
    """An entry request; `fate` is how the story wants it to end: approved, rejected or undecided."""

    room: Room
    seat: Seat
    id: str
    fate: str
    is_decided: bool = False


class Approvals:
    """All requests of one unit."""

    def __init__(self, stage: Stage, unit: Unit) -> None:
        self.stage = stage
        self.unit = unit
        self.requests: list[Request] = []

    @property
    def ledger(self) -> Ledger:
        return self.stage.ledger

    def fail_face(self, room: Room, seat: Seat, *, attempts: int = 2) -> None:
        """Face checks that do not pass; they change nothing but are kept."""
        phone = room.phone
        for _ in range(attempts):
            phone.capture(room.session, seat.sitting, passed=False)
        for result in self.ledger.attempt("签到", lambda: phone.flush(room.session)) or []:
            self.ledger.check("未通过的核验", result["status"] in ("created", "duplicate"), result)

    def ask(self, room: Room, seat: Seat, reason: str, note: str, fate: str = "approved") -> None:
        """The room's proctor asks for somebody, with a picture."""
        phone: Phone = room.phone
        photo = camera.face(seat.sitting)
        made = self.ledger.attempt(
            "提交入场审批", lambda: phone.request_entry(seat.sitting, reason, note, photo=photo)
        )
        if made:
            self.requests.append(Request(room, seat, made["id"], fate))

    def decide(self) -> int:
        """Every chief decides what is to be decided at the own site; returns how many were."""
        open_ones = [r for r in self.requests if not r.is_decided and r.fate != "undecided"]
        sites = sorted({r.room.site for r in open_ones})
        pairs = [(site, [r for r in open_ones if r.room.site == site]) for site in sites]
        self.stage.crowd.each(lambda pair: self._decide_site(*pair), pairs)
        return sum(r.is_decided for r in open_ones)

    def _decide_site(self, site: str, requests: list[Request]) -> None:
        chief = self.stage.office("chief", site=site)
        if chief is None:
            return
        listed = self.ledger.attempt(
            "待审批列表", lambda: chief.requests(plan=self.stage.plan, unit=self.unit.code)
        )
        missing = {r.id for r in requests} - {str(row["id"]) for row in listed or []}
        self.ledger.check("待审批列表", not missing, f"{site}: {len(missing)} of {len(requests)} not listed")
        for request in requests:
            self._decide(chief, request)

    def _decide(self, chief: Office, request: Request) -> None:
        note = "证件与本人一致" if request.fate == "approved" else "证件照片与本人不符"
        decided = self.ledger.attempt("审批", lambda: chief.decide(request.id, request.fate, note))
        if decided is not None:
            request.is_decided = True
            request.seat.emergency = request.fate == "approved"

    def undecided(self, room: Room) -> list[Request]:
        """Those of a room that are left to expire."""
        return [r for r in self.requests if r.fate == "undecided" and r.room is room]
