"""What goes wrong with candidates at the door of a room (clauses 二(三)2, 5, 11)."""

from functools import partial

from exam_ops.sim.hall import Place
from exam_ops.sim.stage import Room, Seat
from exam_ops.sim.stories import Scene, Story, photograph


class FacesFail(Story):
    """Face checks fail; the chief approves most, rejects one, and leaves one undecided until it expires."""

    def __init__(self, room: Room, fates: tuple[str, ...]) -> None:
        self.room = room
        self.fates = fates  # approved, rejected, undecided; 'declined' is approved without a face check
        self.seats: list[Seat] = []
        self.waiting: Place | None = None

    def cast(self) -> None:
        self.seats = self.room.take(len(self.fates))

    def at_door(self, scene: Scene) -> None:
        for seat, fate in zip(self.seats, self.fates, strict=False):
            if fate == "declined":
                scene.approvals.ask(self.room, seat, "face_declined", "考生不同意人脸识别，证件已人工核对")
                continue
            scene.approvals.fail_face(self.room, seat)
            note = "两次未通过，证件已人工核对"
            scene.approvals.ask(self.room, seat, "face_check_failed", note, fate)
        scene.tell(f"{self.room.name} {len(self.seats)} 名考生提交入场审批")

    def before_start(self, scene: Scene) -> None:
        """One of those who wait for the chief is at a machine already: the client waits too."""
        if self.seats:
            place = scene.hall.place(self.room, self.seats[0])
            self.waiting = place if scene.hall.log_in(place, "waiting") else None

    def after_escalation(self, scene: Scene) -> None:
        if self.waiting:
            scene.hall.settle(self.waiting)
        self._refuse(scene, "rejected", "entry_rejected")

    def after_close(self, scene: Scene) -> None:
        for request in scene.approvals.undecided(self.room):
            is_absent = partial(scene.stands_at, request.seat, self.room, "absent")
            if scene.stage.eventually("逾期未审批转缺考", is_absent):
                scene.tell(f"{self.room.name} 1 名考生的入场审批逾期未决，按未入场处理")
            self._decide_too_late(scene, request.id)
        self._refuse(scene, "undecided", "entry_expired")

    def _decide_too_late(self, scene: Scene, request: str) -> None:
        if chief := scene.stage.office("chief", site=self.room.site):
            scene.ledger.refusal("逾期审批", lambda: chief.decide(request, "approved", "补批"), ["expired"])

    def _refuse(self, scene: Scene, fate: str, code: str) -> None:
        for seat, own in zip(self.seats, self.fates, strict=False):
            if own == fate and scene.hall.refused(scene.hall.place(self.room, seat), code):
                scene.tell(f"{self.room.name} 客户端拒绝登录：{code}")


class NoScan(Story):
    """Neither phone of a room reacts to faces (IDV-05); unsolved at T−5, the chief decides for the room."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.seats: list[Seat] = []

    def cast(self) -> None:
        self.room.can_scan = False
        self.seats = self.room.take()

    def at_door(self, scene: Scene) -> None:
        phone, device = self.room.phone, self.room.phone.device
        note = f"两部手机扫描人脸均无反馈：{device.model}，{device.platform} {device.os_version}，App {device.app_version}"
        incident = scene.ledger.attempt(
            "上报事件", lambda: phone.report("IDV-05", note, room_session=self.room.session)
        )
        if not incident:
            return
        scene.tell(f"{self.room.name} 扫描无反馈，上报 {incident['number']}（IDV-05）")
        if chief := scene.stage.office("chief", site=self.room.site):
            scene.ledger.attempt(
                "确认事件", lambda: chief.acknowledge(incident["id"], "已知悉，联系技术支持")
            )

    def after_escalation(self, scene: Scene) -> None:
        for seat in self.seats:
            scene.approvals.ask(self.room, seat, "app_unavailable", "手机无法扫描，证件已人工核对")
        scene.approvals.decide()
        scene.tell(f"{self.room.name} 考前 5 分钟未修复：主考同意 {len(self.seats)} 名考生入场，转应急材料")


class MissedDeadline(Story):
    """A room owes evidence and hands it in one moment too late."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.seats: list[Seat] = []

    def cast(self) -> None:
        self.room.misses_deadline = True
        self.seats = self.room.take(1)

    def at_door(self, scene: Scene) -> None:
        for seat in self.seats:
            scene.approvals.fail_face(self.room, seat)
            scene.approvals.ask(self.room, seat, "face_check_failed", "证件已人工核对")

    def after_end(self, scene: Scene) -> None:
        refused = scene.ledger.refusal(
            "逾期提交材料", lambda: photograph(scene, self.room), ["evidence_closed"]
        )
        if refused:
            closed = refused.body.get("closed_at", "")
            scene.tell(f"{self.room.name} 应急材料逾期被拒（evidence_closed，截止 {closed}）：符合预案")


class Latecomer(Story):
    """Somebody comes after entry has closed: kept for review, not signed in."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def after_close(self, scene: Scene) -> None:
        seat = next((s for s in self.room.seats if not s.comes), None)
        if seat is None:
            return
        phone = self.room.phone
        phone.capture(self.room.session, seat.sitting)
        for result in scene.ledger.attempt("签到", lambda: phone.flush(self.room.session)) or []:
            right = (result["status"], result["code"]) == ("rejected", "not_open")
            if scene.ledger.check("迟到考生", right, result):
                scene.tell(f"{self.room.name} 1 名考生迟到，入场已停止（not_open）")
