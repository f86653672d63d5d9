"""The half hour at the door: proctors come, are checked, and sign the ordinary candidates in."""

from datetime import timedelta
from functools import partial
from typing import Any

from exam_ops.sim import audit, camera, network
from exam_ops.sim.phone import Phone
from exam_ops.sim.stage import Room, Seat, Stage, Unit, count
from exam_ops.sim.timekeeper import Timekeeper

WAVES_FROM, WAVES_TO = -28.0, -7.0  # minutes, in a play at real pace
CLOSES = 30.0  # minutes after the start: close of entry


class Door:
    """All rooms of one unit whose proctors' accounts are known."""

    def __init__(self, stage: Stage, unit: Unit) -> None:
        self.stage = stage
        self.unit = unit
        self.rooms = self._find_rooms()

    def _find_rooms(self) -> list[Room]:
        rooms = []
        for (site, number), usernames in self.stage.book.proctors(self.unit.code).items():
            phones = [p for p in map(self.stage.phone, usernames) if p]
            if phones:
                rooms.append(Room(site, number, self.stage.book.branches[site], phones))
        return rooms

    # --- proctors ---

    def admit_proctors(self) -> None:
        """Everybody logs in and finds the room; rooms that cannot be opened drop out."""
        self.stage.crowd.each(self._open, self.rooms)
        self.rooms = [r for r in self.rooms if r.session and r.seats]

    def _open(self, room: Room) -> None:
        room.phones = [p for p in room.phones if self.stage.log_in(p)]
        for phone in room.phones:
            duty = self.stage.ledger.attempt("监考任务", partial(self._duty, phone, room))
            room.session = room.session or (duty["room_session"] if duty else "")
        if room.session:
            rows = self.stage.ledger.attempt("考场名单", lambda: room.phones[0].roster(room.session))
            room.seats = self._seats(room, rows or [])

    def _duty(self, phone: Phone, room: Room) -> dict[str, Any]:
        """The duty of this room; LookupError when the portal does not name it."""
        for duty in phone.duties(plan=self.stage.plan, unit=self.unit.code):
            place = (duty["unit"]["code"], duty["site"]["code"], duty["room"]["number"])
            if place == (self.unit.code, room.site, room.number):
                return duty
        raise LookupError(f"{phone.username}: no duty in {room.name}")

    def _seats(self, room: Room, rows: list[dict[str, Any]]) -> list[Seat]:
        rng = self.stage.rng("present", self.unit.code, room.name)
        share = self.stage.scale.present
        return [
            Seat(row["sitting"], row["ticket_no"], row["name"], i, comes=rng.random() < share)
            for i, row in enumerate(rows)
        ]

    def check_proctors(self) -> None:
        """The proctors' own face checks, where the phones can scan."""
        pairs = [(room, phone) for room in self.rooms if room.can_scan for phone in room.phones]
        self.stage.crowd.each(lambda pair: self._check_self(*pair), pairs)

    def _check_self(self, room: Room, phone: Phone) -> None:
        photo = camera.face(phone.rng.randrange(24))
        self.stage.ledger.attempt("监考核验", lambda: phone.check_self(room.session, photo=photo))

    # --- candidates ---

    def sign_in_ordinary(self, time: Timekeeper) -> None:
        """Everybody who is nobody's story, in waves over all rooms."""
        waves = self.stage.scale.waves
        plans = {room.name: list(room.comers) for room in self.rooms}
        for wave in range(waves):
            time.around(self.unit.at(WAVES_FROM + (WAVES_TO - WAVES_FROM) * wave / max(waves - 1, 1)))
            parts = [(room, plans[room.name][wave::waves], wave) for room in self.rooms if room.can_scan]
            self.stage.crowd.each(lambda part: self._wave(*part), parts)
            self.progress()

    def _wave(self, room: Room, seats: list[Seat], wave: int) -> None:
        phone = room.in_reach[wave % len(room.in_reach)]
        for seat in seats:
            phone.capture(room.session, seat.sitting, photo=self._photo(phone, seat))
        self.flush(room, phone)

    def _photo(self, phone: Phone, seat: Seat) -> bytes:
        takes = phone.rng.random() < self.stage.scale.photos
        return camera.face(seat.sitting) if takes else b""

    def flush(self, room: Room, phone: Phone, entry_status: str = "signed_in") -> None:
        """Sends what waits on a phone and checks each result."""
        for result in self.stage.ledger.attempt("签到", lambda: phone.flush(room.session)) or []:
            right = result["status"] in ("created", "duplicate") and result["entry_status"] == entry_status
            self.stage.ledger.check("签到结果", right, f"{room.name} {result}")

    # --- figures ---

    def stats(self) -> list[dict[str, Any]]:
        """The portal's figures of every room."""
        rooms = [r for r in self.rooms if r.session]
        asked = self.stage.crowd.each(
            lambda room: self.stage.ledger.attempt("签到统计", lambda: room.phone.stats(room.session)),
            rooms,
        )
        return [s for s in asked if s]

    def progress(self, note: str = "") -> None:
        """One line: the time and the portal's own figures."""
        stats = self.stats()
        label = self.unit.label(self.stage.portal.clock.now())
        figures = [
            f"签到 {count(stats, 'signed_in')}/{count(stats, 'registered')}",
            f"待审批 {count(stats, 'pending')}",
            f"已同意 {count(stats, 'approved')}",
            f"缺考 {count(stats, 'absent')}",
            f"事件 {self._incidents()}",
        ]
        shown = [f for f in figures if not f.endswith(" 0") or f.startswith(("签到", "待"))]
        self.stage.say(f"{self.unit.code} {label} " + " · ".join([*shown, *([note] if note else [])]))

    def _incidents(self) -> int:
        """How many incidents the unit has had, as headquarters sees it."""
        hq = self.stage.office("hq")
        if hq is None:
            return self.stage.ledger.done["上报事件"]
        asked = {"plan": self.stage.plan, "unit": self.unit.code}
        return len(self.stage.ledger.attempt("事件列表", lambda: hq.incidents(**asked)) or [])

    def reckon(self) -> None:
        """Every check that was taken is asked for once more, and must have had one effect."""
        closes = self.unit.at(CLOSES)
        taken = self.stage.crowd.each(
            lambda room: audit.room(self.stage.ledger, room.phones, room.session, closes=closes),
            [r for r in self.rooms if r.session],
        )
        self.stage.say(
            f"{self.unit.code} 逐条核对：手机共核验 {sum(taken)} 次，重发后每条仍是一个答复、一次效果"
        )


def wrong_devices(door: Door) -> None:
    """Phones as they are: an old App, a clock some minutes off, one a day off, a bad network."""
    plain = [r for r in door.rooms if len(r.phones) > 1]
    if len(plain) < 4:
        return
    old, wrong, tomorrow, lossy = (room.phones[1] for room in plain[-4:])
    refuse_old_app(door.stage, old)
    wrong.skew, tomorrow.skew = timedelta(minutes=-7), timedelta(days=1)
    lossy.use(network.bad(lossy.rng))


def refuse_old_app(stage: Stage, phone: Phone) -> None:
    """A phone with an App from last term is sent to the update; updated, it logs in."""
    current = phone.device.app_version
    phone.update("3.9.2")
    problem = stage.ledger.refusal("旧版 App 登录", phone.login, ["app_update_required"])
    phone.update(current)
    if problem:
        stage.say(f"旧版 App 登录被拒，须更新到 {problem.body.get('minimum_version')}，更新后登录")
