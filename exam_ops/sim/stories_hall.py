"""What goes wrong at the machines (clauses 二(四)1, 4 to 7, 11)."""

from exam_ops.sim.client import VERSION
from exam_ops.sim.hall import Hall, Place
from exam_ops.sim.stage import Room
from exam_ops.sim.stories import Scene, Story


class RepeatLogin(Story):
    """A machine breaks; the candidate moves to a spare one, waits, and is authorised (二(四)11)."""

    def __init__(self) -> None:
        self.old: Place | None = None

    def before_sync_lag(self, scene: Scene) -> None:
        self.old = next((p for p in scene.hall.places if _may_be_used(scene, p)), None)
        if self.old is None:
            return
        old = self.old.client
        scene.ledger.attempt("客户端事件", lambda: old.event("fault", note="死机"))
        spare = scene.hall.place(self.old.room, self.old.seat, f"PC-{self.old.room.site}-SPARE-01")
        if scene.hall.log_in(spare, "waiting"):
            self._authorise(scene, spare)

    def _authorise(self, scene: Scene, spare: Place) -> None:
        chief = scene.stage.office("chief", site=spare.room.site)
        if chief is None:
            return
        scene.ledger.attempt("授权登录", lambda: chief.authorise([spare.client.login_id], "原机故障，换机"))
        if scene.hall.settle(spare) and self.old:
            scene.hall.places.append(spare)
            old = self.old.client
            scene.ledger.refusal("旧机作答", lambda: old.answer({"1": "C"}), ["superseded"])
            self.old.is_submitted = True  # the paper goes on at the other machine
            scene.tell(f"{spare.room.name} 换机二次登录，主考授权后继续作答")


class OldClient(Story):
    """A machine has last term's client; updated, it is let in."""

    def at_door(self, scene: Scene) -> None:
        place = next((p for p in scene.hall.places if not p.client.login_id), None)
        if place is None:
            return
        place.client.version = "1.2.1-0"
        refused = scene.hall.refused(place, "client_outdated")
        place.client.version = VERSION
        if refused:
            needed = refused.body.get("required_version", "")
            scene.tell(f"{place.room.name} 旧版客户端被拒，须更新到 {needed}")


class PowerCut(Story):
    """Power fails in a room (CLI-07); the machines start again, log in anew and go on where they were."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def after_close(self, scene: Scene) -> None:
        places = [p for p in scene.hall.places if p.room is self.room and p.sits]
        chief = scene.stage.office("chief", site=self.room.site)
        if not places or chief is None:
            return
        phone = self.room.phone
        incident = scene.ledger.attempt(
            "上报事件",
            lambda: phone.report("CLI-07", "考场断电，考生原位等候", room_session=self.room.session),
        )
        again = [p for p in places if scene.hall.log_in(p, "waiting")]
        logins = [p.client.login_id for p in again]
        scene.ledger.attempt("授权登录", lambda: chief.authorise(logins, "断电重启"))
        for place in again:
            self._go_on(scene.hall, place)
        if incident:
            self._close(scene, incident["id"])
        scene.tell(f"{self.room.name} 断电恢复，{len(again)} 名考生经授权重新登录，接续作答")

    def _close(self, scene: Scene, incident: str) -> None:
        """A whole room is grade Ⅲ: the branch closes it, or headquarters."""
        branch = scene.stage.office("branch_officer", branch=self.room.branch)
        who = branch or scene.stage.office("hq")
        if who is not None:
            done = {"cause": "空气开关跳闸", "effect": "中断约 5 分钟，作答均已保存"}
            scene.ledger.attempt("办结事件", lambda: who.resolve(incident, **done))

    def _go_on(self, hall: Hall, place: Place) -> None:
        if hall.settle(place):
            kept = len(place.client.state["answers"])
            hall.stage.ledger.check("断电后的作答", kept == len(place.client.paper), f"{kept} kept")


class OfflinePaper(Story):
    """A machine cannot hand in (CLI-06): the paper is exported and uploaded after the unit, once under a wrong name."""

    def __init__(self) -> None:
        self.place: Place | None = None

    def before_end(self, scene: Scene) -> None:
        usable = [p for p in scene.hall.places if _may_be_used(scene, p) and self._officer(scene, p)]
        self.place = next((p for p in usable if p.minutes > 60), None)
        if self.place is None:
            return
        place, phone = self.place, self.place.room.phone
        place.client.write({"8": "A", "9": "C"})
        place.is_submitted = True  # nothing more goes through from this machine
        session, sittings = place.room.session, [place.seat.sitting]
        scene.ledger.attempt(
            "上报事件",
            lambda: phone.report("CLI-06", "无法提交，导出离线试卷", room_session=session, sittings=sittings),
        )

    def after_end(self, scene: Scene) -> None:
        if self.place is None:
            return
        place, stage = self.place, scene.stage
        officer = stage.office_of(self._officer(scene, place))
        if officer is None:
            return
        name, content = place.client.export(stage.plan, scene.unit.code, place.seat.ticket_no)
        renamed = f"离线试卷_{place.seat.ticket_no}.oap"
        scene.ledger.refusal(
            "改名的离线试卷", lambda: officer.upload_package(renamed, content), ["name_changed"]
        )
        merged = scene.ledger.attempt("离线试卷", lambda: officer.upload_package(name, content))
        again = scene.ledger.attempt("离线试卷", lambda: officer.upload_package(name, content))
        added = merged["added"] if merged else 0
        scene.ledger.check("离线试卷合并", added == 2 and merged == again, merged)
        scene.tell(f"{place.room.name} 离线试卷改名被拒（name_changed），原名上传后合并 2 题")

    def _officer(self, scene: Scene, place: Place) -> str:
        """The exam officer of the candidate's centre whose password is known."""
        book = scene.stage.book
        centre = book.by_ticket[scene.unit.code, place.seat.ticket_no].centre
        name = book.centre_officers.get(centre, "")
        return name if name in scene.stage.passwords("centre_officer") else ""


def _may_be_used(scene: Scene, place: Place) -> bool:
    """Whether a story may have this machine: somebody sits there and the site's chief is known."""
    return place.sits and scene.stage.has("chief", place.room.site)
