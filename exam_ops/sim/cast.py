"""Which room plays which story, from the rooms and accounts that there are."""

from collections.abc import Callable

from exam_ops.sim.approvals import Approvals
from exam_ops.sim.door import Door
from exam_ops.sim.hall import Hall
from exam_ops.sim.stage import Room, Stage, Unit
from exam_ops.sim.stories import Scene, Story
from exam_ops.sim.stories_door import FacesFail, Latecomer, MissedDeadline, NoScan
from exam_ops.sim.stories_hall import OfflinePaper, OldClient, PowerCut, RepeatLogin
from exam_ops.sim.stories_phones import LateArrival, NoNetwork, SyncLag, TwoPhones
from exam_ops.sim.stories_site import MassBlock, Panoramas

FIRST_FATES = ("approved", "approved", "approved", "rejected", "undecided", "declined")
LATER_FATES = ("approved", "declined")
BLOCKED_ROOMS = 2


def scene_of(stage: Stage, unit: Unit, door: Door, *, full: bool) -> tuple[Scene, list[Story]]:
    """The unit's scene and its stories with their candidates taken; `full`: all of them, else a few."""
    stories = _full(stage, door) if full else _short(stage, door)
    for story in stories:
        story.cast()
    stories += _few_more(stage, unit, door)
    hall = Hall(stage, unit, door.rooms)
    return Scene(stage, unit, door, Approvals(stage, unit), hall), stories


def _full(stage: Stage, door: Door) -> list[Story]:
    rooms = _best_site(stage, door.rooms, "chief")
    stories: list[Story] = []
    makers: tuple[Callable[[Room], Story], ...] = (_troubled, NoScan, SyncLag, MissedDeadline)
    stories += [make(room) for make, room in zip(makers, rooms[1:] + rooms[:1], strict=False)]
    own = {room.branch for room in rooms}
    others = [r for r in door.rooms if r.branch not in own]
    blocked = _best_site(stage, others, "site_admin")[:BLOCKED_ROOMS]
    if blocked:
        stories.append(MassBlock(blocked))
    used = {room.name for room in rooms + blocked}
    stories += _in_other_rooms(stage, [r for r in door.rooms if r.name not in used and len(r.phones) > 1])
    return [*stories, OldClient(), RepeatLogin(), OfflinePaper(), Panoramas(door.rooms)]


def _in_other_rooms(stage: Stage, rooms: list[Room]) -> list[Story]:
    stories: list[Story] = []
    if len(rooms) >= 4:
        stories += [TwoPhones(rooms[0]), NoNetwork(rooms[1]), Latecomer(rooms[-1])]
        stories += [PowerCut(room) for room in rooms[2:-1] if stage.has("chief", room.site)][:1]
    if len(rooms) >= 5:
        stories.append(LateArrival(rooms[-2]))
    return stories


def _troubled(room: Room) -> Story:
    return FacesFail(room, FIRST_FATES)


def _short(stage: Stage, door: Door) -> list[Story]:
    rooms = _best_site(stage, door.rooms, "chief")
    return [*(FacesFail(room, LATER_FATES) for room in rooms[:1]), Panoramas(door.rooms)]


def _best_site(stage: Stage, rooms: list[Room], role: str) -> list[Room]:
    """The rooms of the site with the most rooms, among the sites where somebody of a role is known."""
    sites: dict[str, list[Room]] = {}
    for room in rooms:
        if stage.has(role, room.site):
            sites.setdefault(room.site, []).append(room)
    return max(sites.values(), key=len, default=[])


def _few_more(stage: Stage, unit: Unit, door: Door) -> list[Story]:
    """The usual face failures: a few in a thousand, in rooms whose chief is known and that have no story."""
    rng = stage.rng("failing", unit.code)
    stories: list[Story] = []
    for room in door.rooms:
        is_plain = room.can_scan and not room.misses_deadline and all(not s.apart for s in room.seats)
        if is_plain and stage.has("chief", room.site):
            failing = sum(rng.random() < stage.scale.failing for _ in room.comers)
            stories += [FacesFail(room, ("approved",) * failing)] if failing else []
    for story in stories:
        story.cast()
    return stories
