"""Other times, another place, other checks for site units: headquarters' decisions as they reach the deadlines (A4).

`move` lays plan times, real instants, deadlines and their records anew in one transaction, set-wise for a
whole nation. What the old times already caused is known to the features alone: each registers with
`on_move` how it is counted for a preview and how it is undone, or done, under the new times.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import F

from exam_ops.core import events, schedule
from exam_ops.core.models import DeadlineRecord, Event, ExamPlan, RoomSession, SiteUnit, User
from exam_ops.rules import deadlines
from exam_ops.rules.text import Text

BATCH = 1000

Counted = Callable[[Sequence[SiteUnit], datetime], Counter[int]]
Applied = Callable[[Sequence[SiteUnit], datetime, User | None], Counter[int]]


@dataclass(frozen=True, slots=True)
class Times:
    """What headquarters may decide of a site unit: plan times, but `stopped_at`, which is a real instant."""

    start: datetime
    end: datetime
    evidence_end: datetime | None = None
    stopped_at: datetime | None = None
    place: str = ""
    manual_check_for_all: bool = False

    def as_json(self) -> dict[str, Any]:
        """The times as they are stored with a decision."""
        told = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in told.items()}


DECIDED = tuple(field.name for field in fields(Times))


def times_of(site_unit: SiteUnit) -> Times:
    """How the site unit stands."""
    return Times(**{name: getattr(site_unit, name) for name in DECIDED})


@dataclass(frozen=True, slots=True)
class Consequence:
    """What new times bring about in one feature, both by primary key of the site unit.

    Both are given the site units as they stand under the new times (for a preview: unsaved). One without
    `count` is no matter for a preview; a `warning` brings nothing about, but should be known before.
    """

    name: str
    label: Text
    count: Counted | None
    apply: Applied | None
    warning: bool = False


_consequences: dict[str, Consequence] = {}


def on_move(
    name: str,
    label: Text,
    *,
    count: Counted | None = None,
    apply: Applied | None = None,
    warning: bool = False,
) -> Consequence:
    """Registers a consequence; called once, from its app's `ready()`. They are carried out in order of name."""
    _consequences[name] = Consequence(name, label, count, apply, warning)
    return _consequences[name]


def consequences() -> list[Consequence]:
    return [_consequences[name] for name in sorted(_consequences)]


def under(site_units: Iterable[SiteUnit], times: Mapping[int, Times]) -> list[SiteUnit]:
    """Unsaved copies of site units as they would stand under `times` (by primary key)."""
    laid, table = [], schedule.Timetable()
    for site_unit in site_units:
        copy = SiteUnit(**{f.attname: getattr(site_unit, f.attname) for f in SiteUnit._meta.concrete_fields})
        copy.unit, copy.site = site_unit.unit, site_unit.site
        _lay(copy, times[site_unit.pk], table)
        laid.append(copy)
    return laid


def counted(site_units: Sequence[SiteUnit], *, now: datetime) -> list[tuple[Consequence, Counter[int]]]:
    """What the times of `site_units`, laid by `under`, would bring about; warnings among it."""
    found = [(c, c.count(site_units, now)) for c in consequences() if c.count]
    return [(consequence, figures) for consequence, figures in found if figures.total()]


def hold(plan: ExamPlan, site_unit_ids: Iterable[int]) -> list[SiteUnit]:
    """Locks the plan, then its site units in order: guarded writes, jumps and the engine wait for each other."""
    ExamPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    rows = SiteUnit.objects.filter(unit__plan=plan, pk__in=list(site_unit_ids)).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True).select_related("unit__plan", "site"))


def move(
    site_units: Sequence[SiteUnit],
    *,
    times: Mapping[int, Times],
    now: datetime,
    actor: User | None,
    subject: str = "",
) -> dict[str, Counter[int]]:
    """Lays `times` on site units held by `hold`, and carries out what follows; returns its figures by name.

    Raises the generation of each. A deadline that lies ahead again and `repeats` fires again; one that
    does not stays done; one that the new times have passed without its having come is skipped, and one
    that was due before and waits for the engine still comes. Call inside a transaction.
    """
    table = schedule.Timetable()
    before = {s.pk: (times_of(s), _came(s, table, now)) for s in site_units}
    for site_unit in site_units:
        _lay(site_unit, times[site_unit.pk], table)
    _carry_records(site_units, {pk: came for pk, (_, came) in before.items()}, table, now)
    _save(site_units)
    events_of = [_event(s, before[s.pk][0], now, actor, subject) for s in site_units]
    Event.objects.bulk_create(events_of, batch_size=BATCH)
    RoomSession.objects.filter(site_unit__in=[s.pk for s in site_units]).update(revision=F("revision") + 1)
    return {c.name: c.apply(site_units, now, actor) for c in consequences() if c.apply}


def _lay(site_unit: SiteUnit, times: Times, table: schedule.Timetable) -> None:
    for name in DECIDED:
        setattr(site_unit, name, getattr(times, name))
    plan = site_unit.unit.plan
    schedule.lay_instants(site_unit, plan, table.policy_of(plan))


def _came(site_unit: SiteUnit, table: schedule.Timetable, now: datetime) -> frozenset[str]:
    """Keys of the deadlines that had come under the old times, carried out or not."""
    plan = site_unit.unit.plan
    return frozenset(d.key for d in table.dues_of(site_unit, plan) if plan.real_time(d.at) <= now)


def _carry_records(
    site_units: Sequence[SiteUnit],
    came: Mapping[int, frozenset[str]],
    table: schedule.Timetable,
    now: datetime,
) -> None:
    """Takes each site unit's deadlines over into its new generation, and lays its next due instant."""
    recorded = _recorded(site_units)
    kept: dict[tuple[int, frozenset[str]], list[int]] = defaultdict(list)
    again: dict[tuple[int, frozenset[str]], list[int]] = defaultdict(list)
    skipped: list[DeadlineRecord] = []
    for site_unit in site_units:
        plan, old = site_unit.unit.plan, recorded[site_unit.pk]
        dues = {d.key: plan.real_time(d.at) for d in table.dues_of(site_unit, plan)}
        past = {key: at for key, at in dues.items() if at <= now}
        ahead = [at for at in dues.values() if at > now]
        passed = past.keys() - old - came[site_unit.pk]
        waiting = past.keys() - old - passed
        repeat = frozenset(key for key in old if deadlines.get(key).repeats)
        kept[site_unit.generation, repeat.intersection(past)].append(site_unit.pk)
        again[site_unit.generation, repeat.difference(past)].append(site_unit.pk)
        skipped += [_skipped(site_unit, key, past[key], now) for key in sorted(passed)]
        site_unit.next_due_at = min([*(past[key] for key in waiting), *ahead], default=None)
    for (generation, keys), pks in kept.items():
        _records(pks, keys, generation).update(generation=generation + 1)
    for (generation, keys), pks in again.items():  # it fires anew, so what failed is not tried again
        _records(pks, keys, generation).filter(retry_at__isnull=False).update(retry_at=None)
    DeadlineRecord.objects.bulk_create(skipped, batch_size=BATCH)


def _recorded(site_units: Sequence[SiteUnit]) -> dict[int, set[str]]:
    """Keys that stand as done: of this generation, and of an older one where the table does not repeat them."""
    generation = {s.pk: s.generation for s in site_units}
    found: dict[int, set[str]] = defaultdict(set)
    rows = DeadlineRecord.objects.filter(site_unit__in=list(generation))
    for pk, key, fired_in in rows.values_list("site_unit_id", "deadline", "generation"):
        if fired_in == generation[pk] or not deadlines.get(key).repeats:
            found[pk].add(key)
    return found


def _records(site_unit_ids: Sequence[int], keys: Iterable[str], generation: int) -> Any:
    return DeadlineRecord.objects.filter(
        site_unit__in=site_unit_ids, deadline__in=list(keys), generation=generation
    )


def _skipped(site_unit: SiteUnit, key: str, due_at: datetime, now: datetime) -> DeadlineRecord:
    return DeadlineRecord(
        site_unit=site_unit,
        deadline=key,
        generation=site_unit.generation + 1,
        due_at=due_at,
        outcome=DeadlineRecord.Outcome.SKIPPED,
        fired_at=now,
    )


_SAVED = (*DECIDED, *schedule.INSTANTS, "next_due_at")


def _row(site_unit: SiteUnit) -> tuple[Any, ...]:
    return tuple(getattr(site_unit, name) for name in _SAVED)


def _save(site_units: Sequence[SiteUnit]) -> None:
    """Writes the new times, one statement for all that share them."""
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for site_unit in site_units:
        groups[_row(site_unit)].append(site_unit.pk)
        site_unit.generation += 1
    for row, pks in groups.items():
        changes = dict(zip(_SAVED, row, strict=True))
        SiteUnit.objects.filter(pk__in=pks).update(generation=F("generation") + 1, **changes)


def _event(site_unit: SiteUnit, before: Times, now: datetime, actor: User | None, subject: str) -> Event:
    after = times_of(site_unit)
    was, becomes = before.as_json(), after.as_json()
    changed = {k: [was[k], becomes[k]] for k in was if was[k] != becomes[k]}
    return events.build(
        "site_unit.moved", now=now, actor=actor, site_unit=site_unit, subject=subject, changed=changed
    )
