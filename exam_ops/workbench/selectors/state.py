"""系统状态: what the engine, the workers and the outbox say of themselves, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from exam_ops.core import broker
from exam_ops.core.deadlines import alarms, watch
from exam_ops.core.models import Heartbeat, OutboxMessage
from exam_ops.rules import deadlines
from exam_ops.rules.text import Text

PROBLEMS: dict[str, tuple[Any, Any]] = {
    "engine_late": (
        _("有时点已到但未执行"),
        _("各项截止仍按服务器时间判定，不会放行或误拒。请确认 worker 正在运行；仍未恢复请重启 worker。"),
    ),
    "deadline_failing": (
        _("有执行失败的事项，正在重试"),
        _("请看下方“执行失败”，按错误内容处理后可立即重试；其他事项不受影响。"),
    ),
    "worker_silent": (
        _("worker 没有响应"),
        _("请检查 worker 进程和消息代理（Redis）；看护进程会在 60 秒内自行更换失去响应的 worker。"),
    ),
    "beat_silent": (
        _("beat 没有心跳"),
        _("请检查 beat 进程，至少保持一个在运行；页面访问也会唤醒引擎，时点不会丢失。"),
    ),
    "clock_skewed": (
        _("服务器时钟与数据库时钟相差超过 2 秒"),
        _("请在服务器上启用时间同步（NTP）并核对；判定以数据库时钟为准。"),
    ),
    "broker_away": (
        _("连不上消息代理"),
        _("请检查 Redis；时点和消息都在数据库中，恢复后自动继续。"),
    ),
}
HEARTBEATS: dict[str, Any] = {
    "tick": _("调度心跳（beat → worker）"),
    "canary": _("探测（代理 → worker）"),
    "audit": _("审计"),
}
KINDS: dict[str, Any] = {
    "deadline": _("时点"),
    "effect": _("批量效果"),
    "message": _("消息"),
    "package": _("应急材料封存包"),
    "evidence_check": _("应急材料检查"),
    "real_name": _("实名认证服务"),
    "incidents.Incident": _("事件逐级上报"),
    "incidents.Decision": _("总部指令"),
    "incidents.DigestLine": _("分部摘要"),
}
NO_BEAT = {"firing"}  # a note of the last firing, which comes when something is due


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in words, and what to do."""

    code: str
    title: Any
    advice: Any


@dataclass(frozen=True, slots=True)
class Beat:
    """A moving part's last sign of life."""

    name: str
    label: Any
    at: datetime | None
    age: float | None  # seconds
    is_late: bool


@dataclass(frozen=True, slots=True)
class Failing:
    """Something that failed, in words: what kind of work, and what of it."""

    alarm: alarms.Alarm
    kind: Any
    what: Text | str


@dataclass(frozen=True, slots=True)
class SystemState:
    """Everything that the page shows."""

    state: watch.State
    problems: list[Problem]
    beats: list[Beat]
    failing: list[Failing]
    oldest_message: datetime | None


def system_state(*, now: datetime) -> SystemState:
    """The state at `now`, from indexed look-ups."""
    state = watch.state(now=now)
    codes = state.problems + ([] if broker.is_reachable() else ["broker_away"])
    waiting = OutboxMessage.objects.filter(sent_at=None)
    return SystemState(
        state=state,
        problems=[Problem(code, *PROBLEMS.get(code, (code, ""))) for code in codes],
        beats=_beats(now),
        failing=[
            Failing(alarm, KINDS.get(alarm.kind, alarm.kind), _what(alarm)) for alarm in alarms.failing()
        ],
        oldest_message=waiting.aggregate(at=Min("created_at"))["at"],
    )


def _what(alarm: alarms.Alarm) -> Text | str:
    """A deadline by its label, all else by its own name."""
    known = alarm.kind == "deadline" and alarm.what.partition("+")[0] in deadlines.BY_KEY
    return deadlines.get(alarm.what).label if known else alarm.what


def _beats(now: datetime) -> list[Beat]:
    """The three that must beat, then each worker that has a watchdog of its own."""
    seen = dict(Heartbeat.objects.values_list("name", "at"))
    patience = watch.CANARY_ALARM.total_seconds()
    names = [*HEARTBEATS, *sorted(seen.keys() - HEARTBEATS.keys() - NO_BEAT)]
    found = []
    for name in names:
        at = seen.get(name)
        age = (now - at).total_seconds() if at else None
        found.append(
            Beat(
                name,
                HEARTBEATS.get(name, name),
                at,
                age,
                is_late=age is None or age > _patience(name, patience),
            )
        )
    return found


def _patience(name: str, patience: float) -> float:
    return 2 * patience if name == "audit" else patience  # the auditor looks every 30 s
