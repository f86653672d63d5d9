"""Whether ladders, as somebody typed them, hold together: every fault with its place and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exam_ops.rules.escalation import closes
from exam_ops.rules.ladder import GRADES, LEVELS, ROLES_AT, Level, is_above
from exam_ops.rules.text import Text

LONGEST = 24 * 3600  # seconds
MOST_AGAIN = 10

NO_SUCH_GRADE = Text("没有这个级别，级别为 1 至 4。", "No such grade; grades are 1 to 4.")
NO_RUNGS = Text("至少要有一级，先通知考点。", "There must be at least one level; begin with the site.")
NO_SUCH_LEVEL = Text("没有这个层级，请用考点、分部、总部。", "No such level; use site, branch, hq.")
NOT_UPWARDS = Text(
    "各层级须由下往上排列，每级只出现一次。", "Levels stand from the site upwards, each of them once."
)
NO_ROLES = Text("请至少选择一个角色，否则无人会收到通知。", "Choose at least one role, or nobody is told.")
NO_SUCH_ROLE = Text("该层级没有角色“{role}”。", "The role “{role}” does not stand at this level.")
NO_TIME = Text("请填写 0 至 24 小时之间的时间。", "Give a time between 0 and 24 hours.")
NO_ACKNOWLEDGE = Text(
    "确认时限须大于 0 且不超过 24 小时。", "The time to acknowledge is above 0, up to 24 hours."
)
NOT_INCREASING = Text(
    "上一级的通知时限不能早于下一级。", "A level above can't be told earlier than the one below it."
)
NOBODY_FIRST = Text("至少第一级须立即通知。", "At least the first level must be told at once.")
TOO_SHORT = Text(
    "{level}有权办结该级事件，阶梯须通知到该层级。",
    "The ladder must reach the {level}, which may close incidents of this grade.",
)
NO_AGAIN = Text("重复通知次数为 0 至 10。", "How often it is told again is 0 to 10.")
NO_UPDATES = Text("续报间隔须在 1 分钟至 24 小时之间。", "Updates are owed every 1 minute to 24 hours.")
_LEVELS = {
    Level.SITE: Text("考点", "site"),
    Level.BRANCH: Text("分部", "branch"),
    Level.HQ: Text("总部", "headquarters"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `field` is its dotted place, such as `3.rungs.1.roles`."""

    field: str
    code: str
    detail: Text


def faults(values: Mapping[Any, Any]) -> list[Fault]:
    """Every fault of ladders as `ladder.stored` writes them (any subset of grades); empty when they hold."""
    found: list[Fault] = []
    for grade, value in values.items():
        if str(grade) not in {str(g) for g in GRADES}:
            found.append(Fault(str(grade), "unknown_grade", NO_SUCH_GRADE))
        else:
            found += [Fault(f"{grade}.{f.field}", f.code, f.detail) for f in _of_grade(int(grade), value)]
    return found


def _of_grade(grade: int, value: Any) -> Iterator[Fault]:
    rungs = value.get("rungs") if isinstance(value, Mapping) else None
    if not isinstance(rungs, Sequence) or isinstance(rungs, str) or not rungs:
        yield Fault("rungs", "no_rungs", NO_RUNGS)
        return
    for place, rung in enumerate(rungs):
        yield from (
            Fault(f"rungs.{place}.{f.field}", f.code, f.detail)
            for f in _of_rung(rung if isinstance(rung, Mapping) else {})
        )
    yield from _of_order(grade, [r for r in rungs if isinstance(r, Mapping)])
    if not _is_number(value.get("again", 0), 0, MOST_AGAIN):
        yield Fault("again", "out_of_range", NO_AGAIN)
    if (every := value.get("update_every")) is not None and not _is_number(every, 60, LONGEST):
        yield Fault("update_every", "out_of_range", NO_UPDATES)


def _of_rung(rung: Mapping[str, Any]) -> Iterator[Fault]:
    level = rung.get("level")
    if level not in LEVELS:
        yield Fault("level", "unknown_level", NO_SUCH_LEVEL)
    roles = rung.get("roles") or []
    if not roles or isinstance(roles, str):
        yield Fault("roles", "no_roles", NO_ROLES)
    elif level in LEVELS:
        strange = [role for role in roles if role not in ROLES_AT[Level(level)]]
        yield from (Fault("roles", "unknown_role", NO_SUCH_ROLE.format(role=role)) for role in strange)
    if rung.get("within") is not None and not _is_number(rung["within"], 0, LONGEST):
        yield Fault("within", "out_of_range", NO_TIME)
    if not _is_number(rung.get("acknowledge"), 1, LONGEST):
        yield Fault("acknowledge", "out_of_range", NO_ACKNOWLEDGE)


def _of_order(grade: int, rungs: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """What only shows between the rungs: their order, their times, and how far up they reach."""
    levels = [Level(rung["level"]) for rung in rungs if rung.get("level") in LEVELS]
    for place in range(1, len(levels)):
        if not is_above(levels[place], levels[place - 1]):
            yield Fault(f"rungs.{place}.level", "not_upwards", NOT_UPWARDS)
    if rungs and rungs[0].get("within") != 0:
        yield Fault("rungs.0.within", "nobody_first", NOBODY_FIRST)
    last = 0.0
    for place, rung in enumerate(rungs):
        within = rung.get("within")
        if within is not None and _is_number(within, 0, LONGEST):
            if within < last:
                yield Fault(f"rungs.{place}.within", "not_increasing", NOT_INCREASING)
            last = max(last, within)
    if levels and is_above(closes(grade), levels[-1]):
        yield Fault("rungs", "too_short", TOO_SHORT.format(level=_LEVELS[closes(grade)]))


def _is_number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
