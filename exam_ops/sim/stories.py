"""What the stories of a unit share: the scene they play in, its moments, and the panorama.

A story takes its candidates out of the ordinary sign-in and acts at the moments that concern it.
"""

import zlib
from dataclasses import dataclass

from exam_ops.sim import camera
from exam_ops.sim.approvals import Approvals
from exam_ops.sim.door import Door
from exam_ops.sim.hall import Hall
from exam_ops.sim.ledger import Ledger
from exam_ops.sim.stage import Room, Seat, Stage, Unit


@dataclass(slots=True)
class Scene:
    """One unit as its stories see it."""

    stage: Stage
    unit: Unit
    door: Door
    approvals: Approvals
    hall: Hall

    @property
    def ledger(self) -> Ledger:
        return self.stage.ledger

    def tell(self, sentence: str) -> None:
        """A line of the play, with the exam's time."""
        self.stage.say(f"{self.unit.code} {self.unit.label(self.stage.portal.clock.now())} {sentence}")

    def stands_at(self, seat: Seat, room: Room, entry_status: str) -> bool:
        """Whether somebody stands so in the room's list."""
        rows = room.phone.roster(room.session)
        return any(r["sitting"] == seat.sitting and r["entry_status"] == entry_status for r in rows)


class Story:
    """The moments of a unit, in order; each does nothing unless a story says so."""

    def cast(self) -> None:
        """Takes its candidates, before anybody signs in."""

    def at_door(self, scene: Scene) -> None:
        """Entry has opened."""

    def before_start(self, scene: Scene) -> None:
        """Just before T−5."""

    def after_escalation(self, scene: Scene) -> None:
        """T−5 has passed."""

    def before_sync_lag(self, scene: Scene) -> None:
        """Just before T+15."""

    def after_sync_lag(self, scene: Scene) -> None:
        """T+15 has passed; it is too early for a panorama."""

    def after_close(self, scene: Scene) -> None:
        """T+30 has passed: entry is closed."""

    def before_end(self, scene: Scene) -> None:
        """Just before E−15."""

    def after_end(self, scene: Scene) -> None:
        """E has passed."""


def photograph(scene: Scene, room: Room) -> dict[str, object]:
    """The panorama of a room, with its emergency candidates marked, as one of its phones uploads it."""
    marked = [s for s in room.seats if s.emergency]
    total = len(room.seats)
    photo = camera.panorama(
        seats=total,
        empty=[s.index for s in room.seats if not s.comes],
        marked=[s.index for s in marked],
        taken_at=room.phone.now(),
        lines=[scene.stage.book.addresses[room.site], f"{room.site} {room.number}"],
        seed=zlib.crc32(room.name.encode()),
    )
    return room.phone.upload_evidence(
        room.session,
        photo,
        reason="应急考生：人脸核验未通过或手机无法扫描，证件已人工核对，主考已同意入场",
        marks=[(s.sitting, *camera.seat_at(s.index, total)) for s in marked],
    )
