"""Ladders in words: rungs of a grade, and what one version changed of another."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from exam_ops.rules.ladder import DEFAULT_LADDERS, GRADES, LEVELS, Ladder, Rung
from exam_ops.rules.moments import BEIJING
from incidents import words


def grades(ladders: Mapping[int, Ladder]) -> list[dict[str, Any]]:
    """The ladders as `incidents/ladders.html` shows them."""
    return [
        {
            "grade": grade,
            "label": words.GRADES[grade],
            "rungs": [rung(ladders[grade], one) for one in ladders[grade].rungs],
            "again": ladders[grade].again,
            "update_every": span(every) if (every := ladders[grade].update_every) else "",
        }
        for grade in GRADES
    ]


def rung(ladder: Ladder, one: Rung) -> dict[str, Any]:
    return {
        "label": words.LEVELS[one.level],
        "within": within(one.within),
        "acknowledge": span(one.acknowledge),
        "roles": [words.PARTIES[role.value] for role in one.roles],
    }


def within(at: timedelta | None) -> str:
    """When a level is told."""
    if at is None:
        return _("下级未确认时")
    return _("%(span)s内") % {"span": span(at)} if at else _("立即")


def span(value: timedelta) -> str:
    """`2 分钟`, `90 秒`."""
    seconds = int(value.total_seconds())
    if seconds % 60:
        return _("%(n)d 秒") % {"n": seconds}
    return _("%(n)d 分钟") % {"n": seconds // 60}


def after(value: timedelta) -> str:
    """`+0:00`, `+5:00`, `+1:05:00`: how long after the incident opened."""
    seconds = int(value.total_seconds())
    hours, rest = divmod(seconds, 3600)
    return f"+{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"+{rest // 60}:{rest % 60:02d}"


def moment(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%m-%d %H:%M")


def changes(before: Mapping[int, Ladder] | None, now: Mapping[int, Ladder]) -> list[str]:
    """What `now` says otherwise than `before` (None: the contingency plan's own), a line a difference."""
    earlier = before or DEFAULT_LADDERS
    return [line for grade in GRADES for line in _of_grade(grade, earlier[grade], now[grade])]


def _of_grade(grade: int, before: Ladder, now: Ladder) -> Iterator[str]:
    label = words.GRADES[grade]
    for level in LEVELS:
        old, new = before.rung(level), now.rung(level)
        if old == new:
            continue
        place = f"{label} {words.LEVELS[level]}"
        if old is None or new is None:
            yield (
                _("%(place)s：不再通知") % {"place": place}
                if new is None
                else _("%(place)s：新增") % {"place": place}
            )
            continue
        yield from (f"{place} {name}：{a} → {b}" for name, a, b in _told(old, new) if a != b)
    if before.again != now.again:
        yield f"{label} {_('再提醒次数')}：{before.again} → {now.again}"
    if before.update_every != now.update_every:
        yield f"{label} {_('续报间隔')}：{_or_none(before.update_every)} → {_or_none(now.update_every)}"


def _told(old: Rung, new: Rung) -> Iterator[tuple[str, str, str]]:
    yield _("通知"), within(old.within), within(new.within)
    yield _("确认时限"), span(old.acknowledge), span(new.acknowledge)
    yield _("角色"), _roles(old), _roles(new)


def _roles(one: Rung) -> str:
    return "、".join(str(words.PARTIES[role.value]) for role in one.roles)


def _or_none(every: timedelta | None) -> str:
    return span(every) if every else _("无")
