"""Filling the empty places of rosters: everybody evenly, nobody twice at once, and a reason for what stays empty (C8).

First every room gets one proctor in every unit, then the second: a short staff is spread thin, not spent by noon.
Unit by unit, in order of time, people are matched with places by augmenting paths, the least laden first: of all
sets of people that fill as many places as can be filled, this is the one with the least load. Then places that
limits left empty are tried again by passing one duty on, loads are levelled, and rooms kept through a day.
"""

from collections import Counter, deque

from exam_ops.rules.roster_fill_desk import Desk
from exam_ops.rules.roster_fill_model import LEAD, SECOND, Filling, Place, Task, Why

ROUNDS = 6  # of levelling: each moves duties from somebody to somebody with at least two less
CAN_BE_PASSED_ON = frozenset({Why.A_DAY, Why.IN_A_ROW})


def fill(task: Task) -> Filling:
    """Who stands where. A place stays empty only when nobody may take it; its reasons are counted.

    Nobody who holds a place is moved. The answer depends on the task alone.
    """
    desk = Desk(task)
    before = _loads(desk)
    unmet = _grant(desk)
    if not task.wishes_alone:
        units = sorted(task.units, key=lambda unit: (task.units[unit].start, unit))
        for unit in units:
            _match(desk, unit, _first_of_rooms(desk, unit))
        for unit in units:
            _match(desk, unit, [place for place in _open(desk) if place.unit == unit])
        _pass_on(desk)
        _level(desk)
        _keep_rooms(desk)
        _lead_by_experience(desk)
        _level(desk)  # in another room somebody else may take a duty
    empty = {place: _reasons(desk, place) for place in _open(desk)}
    return Filling(dict(sorted(desk.given.items())), empty, unmet, before, _loads(desk))


def _grant(desk: Desk) -> dict[Place, Why]:
    """Seats the wishes, in order of time; those that can't be kept with the reason."""
    unmet = {}
    wished = [place for place in _open(desk) if place in desk.task.wishes]
    for place in sorted(wished, key=lambda place: (desk.task.units[place.unit].start, place)):
        person = desk.task.wishes[place]
        if why := desk.why_not(person, place):
            unmet[place] = why
        else:
            desk.seat(place, person)
    return unmet


def _loads(desk: Desk) -> dict[int, int]:
    """The loads of those who may be given anything."""
    return {p.id: desk.load[p.id] for p in desk.task.people if p.certified and not p.left_out}


def _open(desk: Desk) -> list[Place]:
    return sorted(p for p in desk.task.places if p not in desk.given and p not in desk.task.filled)


def _reasons(desk: Desk, place: Place) -> Counter[Why]:
    return Counter(why for person in desk.people if (why := desk.why_not(person, place)))


def _first_of_rooms(desk: Desk, unit: int) -> list[Place]:
    """One place, the lead's before the second's, of each room of the unit where nobody stands."""
    standing = {place.room for place in (*desk.given, *desk.task.filled) if place.unit == unit}
    first: dict[int, Place] = {}
    for place in _open(desk):
        if place.unit == unit and place.room not in standing:
            first.setdefault(place.room, place)
    return list(first.values())


def _match(desk: Desk, unit: int, places: list[Place]) -> None:
    """As many more places of one unit as can be filled, by the least laden who can; others may move on in the unit."""
    before = {p: who for p, who in desk.given.items() if p.unit == unit and p not in desk.task.wishes}
    held, wanted = dict(before), len(before) + len(places)
    every = [*places, *before]
    for person in desk.free(unit):
        if len(held) == wanted:
            break
        _augment(desk, person, every, held)
    for place in before:
        desk.clear(place)
    for place, person in held.items():
        desk.seat(place, person)


def _augment(desk: Desk, first: int, places: list[Place], held: dict[Place, int]) -> None:
    """Finds a place for `first`, by others moving on if need be; nobody who has one loses it."""
    unseen = list(places)
    came: dict[Place, tuple[int, Place | None]] = {}  # place → who wants it, and what they hold now
    waiting: deque[tuple[int, Place | None]] = deque([(first, None)])
    while waiting:
        person, holds = waiting.popleft()
        reached = [place for place in unseen if desk.why_not_there(person, place) is None]
        for place in reached:
            came[place] = person, holds
        if (end := next((place for place in reached if place not in held), None)) is not None:
            _shift(end, came, held)
            return
        taken = set(reached)
        unseen = [place for place in unseen if place not in taken]
        waiting.extend((held[place], place) for place in reached)


def _shift(end: Place, came: dict[Place, tuple[int, Place | None]], held: dict[Place, int]) -> None:
    """Moves everybody on the path one place on, from its free end back to who had none."""
    place: Place | None = end
    while place is not None:
        person, before = came[place]
        held[place] = person
        place = before


def _pass_on(desk: Desk) -> None:
    """Fills a place with somebody whom only the limits kept from it, when another takes one of their duties."""
    spare: dict[int, list[int]] = {}
    bare = {place for unit in desk.task.units for place in _first_of_rooms(desk, unit)}
    for place in sorted(_open(desk), key=lambda place: (place not in bare, place)):
        for person in desk.people:
            if desk.why_not(person, place) not in CAN_BE_PASSED_ON:
                continue
            if _takes_instead(desk, person, place, spare):
                spare.clear()
                break


def _takes_instead(desk: Desk, person: int, place: Place, spare: dict[int, list[int]]) -> bool:
    """Whether `person` could take `place` once somebody had one of the day's duties; if so, it is done.

    `spare` remembers who is free in a unit, for as long as nobody was seated.
    """
    for duty in _given_on_the_day(desk, person, place):
        if duty.unit not in spare:
            spare[duty.unit] = desk.free(duty.unit)
        other = next((p for p in spare[duty.unit] if not desk.why_not_there(p, duty)), None)
        if other is None:
            continue
        desk.clear(duty)
        if desk.why_not(person, place) is None:
            desk.seat(place, person)
            desk.seat(duty, other)
            return True
        desk.seat(duty, person)
    return False


def _given_on_the_day(desk: Desk, person: int, place: Place) -> list[Place]:
    units = desk.task.units
    here = [desk.at.get((unit, person)) for unit in units if units[unit].day == units[place.unit].day]
    return [given for given in here if given in desk.given and given not in desk.task.wishes]


def _level(desk: Desk) -> None:
    """Moves duties to people with at least two less; what that makes free to stand somewhere empty does so."""
    for _ in range(ROUNDS):
        laden = sorted(desk.given, key=lambda p: (-desk.load[desk.given[p]], p))
        moved = [place for place in laden if place not in desk.task.wishes and _hand_down(desk, place)]
        filled = [place for place in _open(desk) if _take(desk, place)]
        if not moved and not filled:
            return


def _take(desk: Desk, place: Place) -> bool:
    taker = next((p for p in desk.free(place.unit) if not desk.why_not_there(p, place)), None)
    if taker is not None:
        desk.seat(place, taker)
    return taker is not None


def _hand_down(desk: Desk, place: Place) -> bool:
    holder = desk.given[place]
    lighter = [p for p in desk.people if desk.load[p] <= desk.load[holder] - 2]
    for person in sorted(lighter, key=lambda p: desk.order(p, place.unit)):
        if desk.why_not(person, place) is None:
            desk.clear(place)
            desk.seat(place, person)
            return True
    return False


def _keep_rooms(desk: Desk) -> None:
    """Lets people change places within a unit, so that they stay in the room of their day."""
    for unit in sorted(desk.task.units, key=lambda u: (desk.task.units[u].start, u)):
        given = [p for p in sorted(desk.given) if p.unit == unit and p not in desk.task.wishes]
        wanted = {desk.given[p]: desk.room_before(desk.given[p], unit) for p in given}
        for place in given:
            while _goes_back(desk, place, given, wanted):
                pass


def _goes_back(desk: Desk, place: Place, given: list[Place], wanted: dict[int, int | None]) -> bool:
    """Whether who stands at `place` could change into their room of the day; whoever is in theirs stays."""
    room = wanted[desk.given[place]]
    if room is None or room == place.room:
        return False
    others = [other for other in given if other.room == room and wanted[desk.given[other]] != room]
    return any(_swap(desk, place, other) for other in others)


def _lead_by_experience(desk: Desk) -> None:
    """Of two new people in a room the one who has proctored more leads."""
    for lead in sorted(desk.given):
        second = Place(lead.unit, lead.room, SECOND)
        if lead.position == LEAD and second in desk.given and not {lead, second} & desk.task.wishes.keys():
            knows = [desk.people[desk.given[place]].experience or 0 for place in (lead, second)]
            if knows[1] > knows[0]:
                _swap(desk, lead, second)


def _swap(desk: Desk, one: Place, other: Place) -> bool:
    """Two people of a unit change places, if both may."""
    first, second = desk.given[one], desk.given[other]
    if desk.why_not_there(first, other) or desk.why_not_there(second, one):
        return False
    desk.clear(one)
    desk.clear(other)
    desk.seat(other, first)
    desk.seat(one, second)
    return True
