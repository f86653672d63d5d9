"""What concerns whole sites: escalation at T−5 (clause 一) and the panoramas (clause 二(三)2)."""

from functools import partial

from exam_ops.sim.office import Office
from exam_ops.sim.stage import Room, Seat
from exam_ops.sim.stories import Scene, Story, photograph

TOO_EARLY_UNTIL = 20.0  # minutes after the start


class MassBlock(Story):
    """Nobody of several rooms passes the face check; declared 重大, it goes up to branch and HQ at T−5."""

    def __init__(self, rooms: list[Room]) -> None:
        self.rooms = rooms
        self.seats: dict[str, list[Seat]] = {}
        self.incident = ""

    @property
    def site(self) -> str:
        return self.rooms[0].site

    def cast(self) -> None:
        self.seats = {room.name: room.take() for room in self.rooms}

    def at_door(self, scene: Scene) -> None:
        scene.stage.crowd.each(lambda room: self._capture(scene, room, passed=False), self.rooms)
        blocked = sum(map(len, self.seats.values()))
        scene.tell(f"{self.site} {len(self.rooms)} 个考场 {blocked} 名考生人脸核验均未通过")

    def before_start(self, scene: Scene) -> None:
        """The site administrator reports and declares it major."""
        admin = scene.stage.office("site_admin", site=self.site)
        if admin is None:
            return
        made = scene.ledger.attempt(
            "上报事件",
            lambda: admin.open_incident(
                "NET",
                "考点网络拥塞，多个考场人脸核验全部未通过",
                site=self.site,
                unit=scene.unit.code,
                plan=scene.stage.plan,
            ),
        )
        if not made:
            return
        self.incident = made["id"]
        note = "大批量考生无法入场，正联系技术支持，请分部支援"
        scene.ledger.attempt("申报重大", lambda: admin.escalate(self.incident, note, declared_major=True))
        scene.tell(f"{self.site} 大批量考生无法入场，申报重大 {made['number']}")

    def after_escalation(self, scene: Scene) -> None:
        if self.incident:
            self._go_up(scene)
        scene.stage.crowd.each(lambda room: self._capture(scene, room, passed=True), self.rooms)
        scene.tell(f"{self.site} 核验恢复，考生补签到")

    def after_sync_lag(self, scene: Scene) -> None:
        hq = scene.stage.office("hq")
        if not self.incident or hq is None:
            return
        closed = scene.ledger.attempt(
            "办结事件",
            lambda: hq.resolve(
                self.incident,
                cause="考点网络拥塞，运营商扩容后恢复",
                effect="考生均在停止入场前完成签到，考试未受影响",
            ),
        )
        if closed:
            scene.tell(f"{self.site} 大批量事件由总部办结")

    def _go_up(self, scene: Scene) -> None:
        """Branch acknowledges and sends it on, unless it stands at headquarters already; they acknowledge."""
        branch = scene.stage.office("branch_officer", branch=self.rooms[0].branch)
        hq = scene.stage.office("hq")
        if branch is None or hq is None:
            return
        if self._level(scene, hq) != "hq":
            scene.ledger.attempt("分部确认事件", lambda: branch.acknowledge(self.incident, "分部已接报"))
            scene.ledger.attempt(
                "分部上报总部", lambda: branch.escalate(self.incident, "大批量考生受阻，请示总部")
            )
        scene.ledger.check("事件已到总部", self._level(scene, hq) == "hq", self.incident)
        if scene.ledger.attempt("总部确认事件", lambda: hq.acknowledge(self.incident, "总部教务部已接报")):
            scene.tell(f"{self.site} 大批量事件已逐级上报，总部教务部已确认")

    def _level(self, scene: Scene, hq: Office) -> str:
        rows = scene.ledger.attempt(
            "事件列表", lambda: hq.incidents(plan=scene.stage.plan, unit=scene.unit.code, site=self.site)
        )
        return next((r["level"] for r in rows or [] if r["id"] == self.incident), "")

    def _capture(self, scene: Scene, room: Room, *, passed: bool) -> None:
        phone = room.phone
        for seat in self.seats[room.name]:
            phone.capture(room.session, seat.sitting, passed=passed)
        scene.door.flush(room, phone, "signed_in" if passed else "not_signed_in")


class Panoramas(Story):
    """Every room with emergency candidates hands its panorama in; one tries before T+20."""

    def __init__(self, rooms: list[Room]) -> None:
        self.rooms = rooms

    def _owing(self) -> list[Room]:
        return [r for r in self.rooms if not r.misses_deadline and any(s.emergency for s in r.seats)]

    def after_sync_lag(self, scene: Scene) -> None:
        is_early = scene.stage.portal.clock.now() < scene.unit.at(TOO_EARLY_UNTIL - 1)
        for room in self._owing()[:1] if is_early else []:
            scene.ledger.refusal("过早提交材料", partial(photograph, scene, room), ["too_early"])

    def after_close(self, scene: Scene) -> None:
        owing = self._owing()
        done = scene.stage.crowd.each(
            lambda room: scene.ledger.attempt("提交应急材料", lambda: photograph(scene, room)), owing
        )
        for answer in filter(None, done):
            scene.ledger.check("应急材料回执", "sha256" in answer, answer)
        named = "、".join(r.name for r in owing)
        scene.tell(f"全景水印照片 {sum(map(bool, done))}/{len(owing)} 个考场已提交：{named}")
