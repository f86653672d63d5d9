"""The desk at which a roster is filled: who holds what so far, and who may take what (C8)."""

from bisect import insort
from collections import Counter, defaultdict
from random import Random

from exam_ops.rules.roster_fill_model import LEAD, REST, Person, Place, Span, Task, Why


class Desk:
    """A task with what has been given out. `given` is the answer so far; `load` counts units of the plan."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.people = {person.id: person for person in task.people}
        self.given: dict[Place, int] = {}
        self.load: Counter[int] = Counter({p.id: p.load for p in task.people})
        self.at: dict[tuple[int, int], Place] = {}  # (unit, person) → where
        self._duties: dict[int, list[Span]] = defaultdict(list)
        self._turn = _turns(task)
        for person in task.people:
            self._duties[person.id] = sorted(person.elsewhere, key=_when)
        for place, holder in task.filled.items():
            self._stand(place, holder)

    def seat(self, place: Place, person: int) -> None:
        """Gives the place; `why_not` said that it may be."""
        self.given[place] = person
        self._stand(place, person)

    def clear(self, place: Place) -> int:
        """Takes a given place back; returns who had it."""
        person = self.given.pop(place)
        del self.at[place.unit, person]
        self._duties[person].remove(self.task.units[place.unit])
        self.load[person] -= 1
        return person

    def why_not(self, person: int, place: Place) -> Why | None:
        """What keeps somebody from a place; None when they may take it."""
        return self.why_not_then(person, place.unit) or self.why_not_there(person, place)

    def why_not_there(self, person: int, place: Place) -> Why | None:
        """What keeps somebody who has time from just this place."""
        known: Person = self.people[person]
        if (place.unit, place.room) in known.recused:
            return Why.RECUSED
        if place.position == LEAD and self.task.limits.lead_has_experience and known.experience == 0:
            return Why.EXPERIENCE
        return None

    def why_not_then(self, person: int, unit: int) -> Why | None:
        """What keeps somebody from every place of a unit."""
        known = self.people[person]
        if not known.certified:
            return Why.UNCERTIFIED
        if known.left_out:
            return Why.LEFT_OUT
        if (unit, person) in self.at:
            return Why.HERE
        span = self.task.units[unit]
        duties = self._duties[person]
        if any(span.meets(duty) for duty in duties):
            return Why.ELSEWHERE
        if sum(1 for duty in duties if duty.day == span.day) >= self.task.limits.a_day:
            return Why.A_DAY
        if _run_with(duties, span) > self.task.limits.in_a_row:
            return Why.IN_A_ROW
        return None

    def order(self, person: int, unit: int) -> tuple[int, int, int]:
        """Who is given a place first: the least laden, of them who has least on the day, then by the seed."""
        day = self.task.units[unit].day
        today = sum(1 for duty in self._duties[person] if duty.day == day)
        return self.load[person], today, self._turn[person]

    def free(self, unit: int) -> list[int]:
        """Who could stand somewhere in the unit, the first to be given a place first."""
        found = [person for person in self.people if self.why_not_then(person, unit) is None]
        return sorted(found, key=lambda person: self.order(person, unit))

    def room_before(self, person: int, unit: int) -> int | None:
        """The room in which somebody stood last on the unit's day; None: nowhere here."""
        span = self.task.units[unit]
        same_day = [
            (self.task.units[u].start, place.room)
            for u in self.task.units
            if (place := self.at.get((u, person))) is not None
            and self.task.units[u].day == span.day
            and self.task.units[u].start < span.start
        ]
        return max(same_day)[1] if same_day else None

    def _stand(self, place: Place, person: int) -> None:
        self.at[place.unit, person] = place
        insort(self._duties[person], self.task.units[place.unit], key=_when)
        self.load[person] += 1


def _when(duty: Span) -> tuple[object, object]:
    return duty.start, duty.end


def _turns(task: Task) -> dict[int, int]:
    """A place in the queue for everybody, drawn by the seed."""
    ids = sorted(person.id for person in task.people)
    Random(task.seed).shuffle(ids)
    return {person: turn for turn, person in enumerate(ids)}


def _run_with(duties: list[Span], new: Span) -> int:
    """How many duties would stand in a row around `new`, itself counted; `duties` in order of time."""
    run = 1
    edge = new.start
    for duty in reversed([d for d in duties if d.start < new.start]):
        if edge - duty.end >= REST:
            break
        run, edge = run + 1, duty.start
    edge = new.end
    for duty in (d for d in duties if d.start >= new.start):
        if duty.start - edge >= REST:
            break
        run, edge = run + 1, duty.end
    return run
