"""A dry run of the ladder: who would be told of an incident here and now, and when, if nobody answered (A2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from exam_ops.core import policies
from exam_ops.core.models import SiteUnit, User
from exam_ops.rules import ladder
from exam_ops.rules.ladder import Ladder, Level, Standing, What
from exam_ops.rules.text import Text
from incidents.models import Channel
from incidents.services import deliveries, messages, watch

BECAUSE = {
    "opened": Text("事件建立时立即通知。", "Told at once when the incident opens."),
    What.TELL: Text("按时限最迟此时通知。", "Told by now at the latest."),
    What.CLIMB: Text("下级未在时限内确认。", "The level below did not acknowledge in time."),
    What.AGAIN: Text("仍无人确认，再次提醒。", "Still nobody has acknowledged: told again."),
    "nobody": Text("下级无人值守：{reason}。", "The level below has nobody on duty: {reason}."),
}


@dataclass(frozen=True)
class Planned:
    """A level that would be told; instants are real. Without `users` nobody is on duty: `why_nobody` says why."""

    level: Level
    at: datetime
    because: Text
    users: list[User]
    channels: list[Channel]
    acknowledge_by: datetime
    why_nobody: Text | None = None


def rehearse(*, site_unit: SiteUnit, grade: int, now: datetime) -> list[Planned]:
    """Who would be told of an incident of `grade` opened here at `now` that nobody acknowledges; writes nothing."""
    rungs = policies.of(site_unit.unit.plan).ladder[grade]
    found: list[Planned] = []
    told: dict[Level, datetime] = {}  # until when each was asked to say "mine"
    again = 0
    while (due := ladder.next_step(_without_reports(rungs), _standing(told, again, now))) is not None:
        why = BECAUSE["opened" if due.what is What.TELL and due.at == now else due.what]
        again += due.what is What.AGAIN
        found += _told(due.level, due.at, why, rungs, site_unit, grade, told)
    return found


def _told(
    level: Level,
    at: datetime,
    because: Text,
    rungs: Ladder,
    site_unit: SiteUnit,
    grade: int,
    told: dict[Level, datetime],
) -> Iterable[Planned]:
    """One level, and those above it that are told in its place when it has nobody."""
    while True:
        duty = watch.on_duty([watch.wanted(level, site_unit, rungs.rung(level))], now=at)[0]
        told[level] = at + rungs.acknowledge_in(level)
        yield Planned(
            level,
            at,
            because,
            list(User.objects.filter(pk__in=duty.users).order_by("name", "pk")),
            _channels(level, site_unit, grade),
            told[level],
            duty.why_nobody,
        )
        above = ladder.next_level(level)
        if duty.users or above is None or above in told:
            return
        level, because = above, BECAUSE["nobody"].format(reason=duty.why_nobody or "")


def _standing(told: dict[Level, datetime], again: int, now: datetime) -> Standing:
    asked = max(told, key=ladder.LEVELS.index, default=Level.SITE)
    return Standing(since=now, asked=asked, until=told.get(asked), told=frozenset(told), again=again)


def _without_reports(rungs: Ladder) -> Ladder:
    return Ladder(rungs.rungs, rungs.again)


def _channels(level: Level, site_unit: SiteUnit, grade: int) -> list[Channel]:
    place = messages.organisation(level, site_unit)
    return [c for c in deliveries.channels_of([place])[place] if grade <= c.least_grade]
