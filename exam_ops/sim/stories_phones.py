"""What goes wrong with single phones (clauses 二(三)4 and 9)."""

from exam_ops.sim import camera
from exam_ops.sim.network import Offline
from exam_ops.sim.stage import Room, Seat
from exam_ops.sim.stories import Scene, Story


class SyncLag(Story):
    """Two people passed on the phone but the server has not heard of it (IDV-04); it arrives after T+15."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.phone = room.phones[-1]
        self.seats: list[Seat] = []

    def cast(self) -> None:
        self.seats = self.room.take(2)

    def at_door(self, scene: Scene) -> None:
        for seat in self.seats:
            self.phone.capture(self.room.session, seat.sitting, hold=True)

    def before_sync_lag(self, scene: Scene) -> None:
        self._expect_gap(scene, len(self.seats))
        incident = scene.ledger.attempt(
            "上报事件",
            lambda: self.phone.report(
                "IDV-04",
                "App 显示识别通过，签到统计仍为未签到",
                room_session=self.room.session,
                sittings=[s.sitting for s in self.seats],
            ),
        )
        if incident:
            scene.tell(
                f"{self.room.name} {len(self.seats)} 条签到未到达，上报 {incident['number']}（IDV-04）"
            )

    def after_sync_lag(self, scene: Scene) -> None:
        self.phone.release(self.room.session)
        scene.door.flush(self.room, self.phone)
        self._expect_gap(scene, 0)
        scene.tell(f"{self.room.name} 滞留的 {len(self.seats)} 条签到已到达")

    def _expect_gap(self, scene: Scene, missing: int) -> None:
        stats = scene.ledger.attempt("签到统计", lambda: self.phone.stats(self.room.session)) or {}
        gaps = stats.get("missing_from_phones", [])
        seen = sum(len(g["missing_seqs"]) for g in gaps if g["device_id"] == self.phone.device.device_id)
        scene.ledger.check("未到达的签到", seen == missing, f"{missing} held, portal says {gaps}")


class TwoPhones(Story):
    """Both phones of a room take the same person: one effective record, both kept."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def at_door(self, scene: Scene) -> None:
        for seat in self.room.take(1):
            for phone in self.room.phones:
                phone.capture(self.room.session, seat.sitting, photo=camera.face(seat.sitting))
                scene.door.flush(self.room, phone)
            scene.tell(f"{self.room.name} 两部手机先后核验同一考生：有效签到一条，另一条保留并列入重复核验")


class LateArrival(Story):
    """Taken before entry closes, sent after it: absent until it arrives, then signed in and marked as late."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.phone = room.phones[0]
        self.seats: list[Seat] = []

    def cast(self) -> None:
        self.seats = self.room.take(1)

    def after_sync_lag(self, scene: Scene) -> None:
        self.phone.offline()
        for seat in self.seats:
            self.phone.capture(self.room.session, seat.sitting)

    def after_close(self, scene: Scene) -> None:
        for seat in self.seats:
            is_absent = scene.stands_at(seat, self.room, "absent")
            scene.ledger.check("未到达者停止入场后为缺考", is_absent, seat.ticket_no)
        self.phone.online()
        scene.door.flush(self.room, self.phone)
        scene.tell(
            f"{self.room.name} {len(self.seats)} 条停止入场前的核验此时才到达：缺考改为已签到，标注迟到数据"
        )


class NoNetwork(Story):
    """A phone without network goes on checking, is restarted, and sends everything once it is back."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.phone = room.phones[0]

    def at_door(self, scene: Scene) -> None:
        self.phone.offline()
        for seat in self.room.take(6):
            self.phone.capture(self.room.session, seat.sitting)
        try:
            self.phone.flush(self.room.session)
        except Offline:
            waiting = len(self.phone.queue[self.room.session])
            scene.tell(f"{self.room.name} 一部手机断网，{waiting} 条签到留在手机中")

    def before_start(self, scene: Scene) -> None:
        self.phone.online()
        self.phone.restart()
        if scene.stage.log_in(self.phone):
            scene.door.flush(self.room, self.phone)
            scene.tell(f"{self.room.name} 手机恢复网络，重启 App 后补传签到")
