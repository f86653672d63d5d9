"""The play: an exam morning with every caller an honest one.

`play` acts and then asks its caller to jump to just before the next deadline, or waits where the pace is
real. Whatever answers otherwise than the contract and the story say is counted in the result.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from exam_ops.sim import workbook
from exam_ops.sim.cast import scene_of
from exam_ops.sim.crowd import Crowd, Stopped
from exam_ops.sim.door import CLOSES, Door, wrong_devices
from exam_ops.sim.http import Portal
from exam_ops.sim.ledger import Ledger
from exam_ops.sim.stage import Scale, Stage, Unit
from exam_ops.sim.stories import Scene, Story
from exam_ops.sim.timekeeper import Pace, Timekeeper

OPENS, ESCALATION, SYNC_LAG = -30.0, -5.0, 15.0  # minutes from the start
EVERYTHING = Scale()
SHORT_PAPER = 60  # minutes


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a play: a line for each unexpected answer; `refused` ones, by code, belong to the story."""

    unexpected: list[str]
    refused: dict[str, int]
    done: dict[str, int]
    calls: int
    seconds: float
    stopped: bool


def play(
    demo: dict[str, Any],
    book: Path,
    *,
    jump: Callable[[], None] | None,
    say: Callable[[str], None],
    pace: Pace = "jumps",
    seed: int = 1,
    scale: Scale = EVERYTHING,
    stop: Event | None = None,
) -> Result:
    """Plays every unit of `demo` (the content of var/demo.json) that is not over yet.

    `jump` moves the drill to just before its next deadline; `say` takes progress lines; `stop`, when set,
    ends the play after the calls under way. KeyboardInterrupt is passed on once all threads have ended.
    """
    began = time.monotonic()
    ledger = Ledger()
    stopped = False
    with Crowd(scale.threads, stop) as crowd, Portal(demo["base_url"], sleep=crowd.sleep) as portal:
        stage = Stage(
            plan=_code(demo["plan"]),
            accounts=demo["accounts"],
            book=workbook.read(book),
            portal=portal,
            crowd=crowd,
            ledger=ledger,
            say=say,
            scale=scale,
            seed=seed,
        )
        timekeeper = Timekeeper(stage.look, jump, crowd.sleep, pace)
        try:
            _enter(stage)
            for i, unit in enumerate(_units(demo)):
                _play_unit(stage, timekeeper, unit, full=i == 0)
        except Stopped:
            stopped = True
        seconds = time.monotonic() - began
        result = Result(
            unexpected=list(ledger.unexpected),
            refused=dict(ledger.refused),
            done=dict(ledger.done),
            calls=portal.calls,
            seconds=seconds,
            stopped=stopped,
        )
    _sum_up(result, say)
    return result


def _code(plan: Any) -> str:
    return str(plan["code"] if isinstance(plan, dict) else plan)


def _units(demo: dict[str, Any]) -> list[Unit]:
    units = [
        Unit(u["code"], datetime.fromisoformat(u["start"]), datetime.fromisoformat(u["end"]))
        for u in demo["units"]
    ]
    return sorted(units, key=lambda u: u.start)


def _enter(stage: Stage) -> None:
    """The first phone logs in and learns the exam's time."""
    for username in stage.passwords("proctor"):
        if username not in stage.book.uncertified:
            phone = stage.phone(username)
            if phone and stage.log_in(phone):
                stage.ledger.attempt("看时间", partial(phone.duties, plan=stage.plan))
                break
    if stage.portal.clock.offset is None:
        raise RuntimeError("no answer carried Exam-Time: nobody could log in, or the plan is another one")


def _play_unit(stage: Stage, time: Timekeeper, unit: Unit, *, full: bool) -> None:
    """One unit from the opening of entry to its end; what is over already is left out."""
    if time.look() >= unit.at(CLOSES):
        stage.say(f"{unit.code} 入场已结束，跳过")
        return
    time.past(unit.at(OPENS))
    door = Door(stage, unit)
    if full:
        wrong_devices(door)
    door.admit_proctors()
    scene, stories = scene_of(stage, unit, door, full=full)
    stage.say(
        f"{unit.code} 监考教师 {sum(len(r.phones) for r in door.rooms)} 人登录，考场 {len(door.rooms)} 个"
    )
    _at_the_door(scene, stories, time)
    _through_the_start(scene, stories, time)
    _to_the_end(scene, stories, time)


def _at_the_door(scene: Scene, stories: list[Story], time: Timekeeper) -> None:
    scene.door.check_proctors()
    scene.hall.early()
    _act(scene, stories, "at_door")
    scene.door.sign_in_ordinary(time)
    scene.hall.rest()
    _act(scene, stories, "before_start")
    scene.approvals.decide()
    time.before(scene.unit.at(ESCALATION))
    scene.door.progress("考前 5 分钟将逐级上报")


def _through_the_start(scene: Scene, stories: list[Story], time: Timekeeper) -> None:
    time.past(scene.unit.at(ESCALATION))
    _act(scene, stories, "after_escalation")
    scene.door.progress()
    time.past(scene.unit.start)
    scene.hall.load_papers()
    time.before(scene.unit.at(SYNC_LAG))
    _act(scene, stories, "before_sync_lag")
    time.past(scene.unit.at(SYNC_LAG))
    _act(scene, stories, "after_sync_lag")
    scene.hall.answer(1, 5)
    scene.door.progress()


def _to_the_end(scene: Scene, stories: list[Story], time: Timekeeper) -> None:
    unit, hall = scene.unit, scene.hall
    time.past(unit.at(CLOSES))
    scene.door.progress("停止入场")
    _act(scene, stories, "after_close")
    scene.door.progress()
    time.before(unit.at(SHORT_PAPER))
    hall.submit(minutes=SHORT_PAPER)
    time.before(unit.to_end(15))
    _act(scene, stories, "before_end")
    hall.answer(4, 7)
    hall.submit(share=0.6)
    time.before(unit.to_end(5))
    hall.submit()
    time.past(unit.end)
    _act(scene, stories, "after_end")
    scene.door.reckon()
    scene.door.progress("单元结束")


def _act(scene: Scene, stories: list[Story], moment: str) -> None:
    """Lets every story act at a moment (a method of `Story`); one that breaks is counted and does not end the play."""
    for story in stories:
        try:
            getattr(story, moment)(scene)
        except Stopped:
            raise
        except Exception as error:
            scene.ledger.surprise(type(story).__name__, repr(error), moment)


def _sum_up(result: Result, say: Callable[[str], None]) -> None:
    refused = "、".join(f"{code}×{count}" for code, count in sorted(result.refused.items()))
    say(f"{result.calls} 次请求，{result.seconds:.0f} 秒；按预案被拒：{refused or '无'}")
