"""Telling levels of the ladder, set-wise: who was told, by whom it must be acknowledged, and what that changes (A2)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from exam_ops.core.models import User
from exam_ops.rules import ladder
from exam_ops.rules.ladder import Level
from exam_ops.rules.text import Text
from incidents.models import Incident, LadderStep
from incidents.services import digest, messages, timeline, watch
from incidents.services.duty import OnDuty
from incidents.services.messages import Message
from incidents.services.standing import OPEN, Stand, ladder_of
from incidents.services.timeline import Line

ROMAN = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ"}
LEVEL_NAMES = {
    Level.SITE: Text("考点", "The site"),
    Level.BRANCH: Text("分部", "The branch"),
    Level.HQ: Text("总部", "Headquarters"),
}
NOTHING = Text("", "")


class Why(StrEnum):
    """What told a level; stands in the step, the timeline and the words of the message."""

    OPENED = "opened"
    LATEST = "latest"
    SILENT = "silent"
    NOBODY = "nobody"
    UNDELIVERED = "undelivered"
    NOT_ACCEPTED = "not_accepted"
    T5 = "t5"
    BY_HAND = "by_hand"
    AGAIN = "again"


BECAUSE: dict[Why, Text] = {
    Why.OPENED: NOTHING,
    Why.LATEST: Text("按时限上报。", "Reported within its time. "),
    Why.SILENT: Text("{below}未在时限内确认。", "{below} did not acknowledge in time. "),
    Why.NOBODY: Text("{below}无人值守：{reason}。", "{below} has nobody on duty: {reason}. "),
    Why.UNDELIVERED: Text(
        "发往{below}的消息均未送达，也无人阅读。", "{below} got no message and nobody read it. "
    ),
    Why.NOT_ACCEPTED: Text("{below}移交后无人接手。", "{below} handed it over and nobody took it. "),
    Why.T5: Text("考前 5 分钟仍未解决。", "Unsolved five minutes before the start. "),
    Why.BY_HAND: Text("人工上报。", "Sent up by hand. "),
    Why.AGAIN: Text("再次提醒：仍无人确认。", "Told again: nobody has acknowledged. "),
}
_THEN_UP = Text("否则自动上报{level}", "or {level} is told")
_THEN_AGAIN = Text("否则将再次提醒", "or you are told again")


@dataclass(frozen=True)
class Telling:
    """A level that is to be told; `asks`: it must say "mine" in its time, else it only learns of it."""

    stand: Stand
    level: Level
    why: Why
    asks: bool = True
    actor: User | None = None
    note: str = ""
    reason: Text | None = None  # why the level below has nobody on duty
    at_once: bool = False  # a digest line that waits for nothing

    @property
    def by_digest(self) -> bool:
        """Whether the branch hears of it as a line of its digest."""
        return self.level is Level.BRANCH and self.stand.is_quiet and self.why is not Why.BY_HAND

    @property
    def because(self) -> Text:
        """The sentence that says why this level is told."""
        below = ladder.LEVELS[max(ladder.LEVELS.index(self.level) - 1, 0)]
        return BECAUSE[self.why].format(below=LEVEL_NAMES[below], reason=self.reason or NOTHING)


@dataclass(frozen=True)
class Told:
    """A telling with who it reached."""

    telling: Telling
    found: OnDuty
    passed_on: bool  # nobody there: the next level was told in its place


def tell(tellings: Iterable[Telling], *, now: datetime) -> None:
    """Tells levels; one with nobody on duty passes on at once and says why.

    Writes steps, timelines, messages and digest lines in a few statements however many incidents there are, and
    changes the incidents in memory: `ladder.settle` saves them.
    """
    told = list(_reach(tellings, now))
    steps = _steps(told, now)
    timeline.write_many((_line(each) for each in told), now=now)
    messages.tell_many(
        [_message(each, step, now) for each, step in zip(told, steps, strict=True) if _speaks(each)], now=now
    )
    digest.write([_digest_line(each, now) for each in told if each.telling.by_digest], now=now)
    for each, step in zip(told, steps, strict=True):
        _move(each, step)


def _reach(tellings: Iterable[Telling], now: datetime) -> Iterator[Told]:
    """Who each telling reaches, and the next levels that are told where nobody is."""
    wave = list(tellings)
    known = {(t.stand.incident.pk, t.level) for t in wave}
    while wave:
        passed: list[Telling] = []
        wants = [
            watch.wanted(t.level, t.stand.incident.site_unit, ladder_of(t.stand.incident).rung(t.level))
            for t in wave
        ]
        for telling, found in zip(wave, watch.on_duty(wants, now=now), strict=True):
            up = None if found.users else _next_for(telling, found.why_nobody)
            if up is not None and (up.stand.incident.pk, up.level) not in known:
                known.add((up.stand.incident.pk, up.level))
                passed.append(up)
            yield Told(telling, found, passed_on=up is not None)
        wave = passed


def _next_for(telling: Telling, reason: Text | None) -> Telling | None:
    """The level above one with nobody on duty; None at the top, where it was asked already, or for a digest line."""
    above = ladder.next_level(telling.level)
    if above is None or (telling.by_digest and not telling.asks):
        return None
    step = telling.stand.steps.get(above)
    if step is not None and step.acknowledge_by is not None:
        return None
    return Telling(telling.stand, above, Why.NOBODY, telling.asks, telling.actor, telling.note, reason)


def _steps(told: Sequence[Told], now: datetime) -> list[LadderStep]:
    """The rows that say so, one a level and round."""
    rows = [_step(each, now) for each in told]
    fresh = ["told_at", "acknowledge_by", "result", "why", "nobody", "users", "recipients", "again"]
    return LadderStep.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["incident", "level", "round"],
        update_fields=[*fresh, "acknowledged_at", "acknowledged_by"],
        batch_size=500,
    )


def _step(each: Told, now: datetime) -> LadderStep:
    telling, users = each.telling, each.found.users
    incident, before = telling.stand.incident, telling.stand.steps.get(telling.level)
    asks = telling.asks and not each.passed_on
    wait = ladder_of(incident).acknowledge_in(telling.level)
    return LadderStep(
        incident=incident,
        level=telling.level,
        round=incident.round,
        told_at=now,
        acknowledge_by=now + wait if asks else None,
        result=LadderStep.Result.TOLD if users else LadderStep.Result.NOBODY,
        why=telling.why,
        nobody=each.found.why_nobody.both if each.found.why_nobody else None,
        users=users,
        recipients=len(users),
        again=before.again + 1 if before and telling.why is Why.AGAIN else 0,
    )


def _line(each: Told) -> Line:
    telling = each.telling
    data: dict[str, Any] = {
        "level": telling.level,
        "people": len(each.found.users),
        "why": telling.why,
        "asks": telling.asks,
        "round": telling.stand.incident.round,
    }
    if each.found.why_nobody:
        data["nobody"] = each.found.why_nobody.both
    kind = "digest" if telling.by_digest else "told"
    return Line(telling.stand.incident, kind, telling.actor, telling.note, data)


def _speaks(each: Told) -> bool:
    return not each.telling.by_digest


def _message(each: Told, step: LadderStep, now: datetime) -> Message:
    telling, incident = each.telling, each.telling.stand.incident
    site_unit = incident.site_unit
    asked = step.acknowledge_by is not None
    fields = about(incident) | {"because": telling.because}
    if asked:
        minutes = ladder_of(incident).acknowledge_in(telling.level).total_seconds() / 60
        fields |= {"minutes": f"{minutes:g}", "then": otherwise(telling.stand, telling.level)}
    return Message(
        each.found.users,
        key=f"incident:{incident.pk}:{telling.level}:{telling.why}:{now.isoformat()}",
        event="incident.told" if asked else "incident.informed",
        fields=fields,
        url=messages.url_of(incident),
        incident=incident,
        plan=site_unit.unit.plan,
        step=step,
        to=[messages.organisation(telling.level, site_unit)],
        grade=incident.grade,
    )


def about(incident: Incident) -> dict[str, Any]:
    """The fields that every message about an incident has."""
    return {
        "grade": ROMAN[incident.grade],
        "type": incident.kind.title,
        "site": incident.site_unit.site.name,
        "unit": str(incident.site_unit.unit),
        "number": incident.number or "",
    }


def otherwise(stand: Stand, level: Level) -> Text:
    """What follows when `level` stays silent."""
    above = stand.ladder.above(level)
    return _THEN_UP.format(level=_LOWER[above.level]) if above else _THEN_AGAIN


_LOWER = {
    Level.SITE: Text("考点", "the site"),
    Level.BRANCH: Text("分部", "the branch"),
    Level.HQ: Text("总部", "headquarters"),
}


def _digest_line(each: Told, now: datetime) -> digest.Line:
    telling = each.telling
    return digest.Line(
        telling.stand.incident, telling.why, telling.because, at_once=telling.at_once or telling.asks
    )


def _move(each: Told, step: LadderStep) -> None:
    """What the telling changes of the incident, in memory."""
    telling, incident = each.telling, each.telling.stand.incident
    telling.stand.steps[telling.level] = step
    if not telling.asks:
        return  # it only learns of it: who must answer stays the same
    incident.status, incident.acknowledged_by, incident.acknowledged_at = OPEN, None, None
    incident.handed_to, incident.handed_at = None, None
    if ladder.is_above(telling.level, incident.level):
        incident.level = telling.level
