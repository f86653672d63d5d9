"""Makes the example workbook and its photos: one exam morning of people and places that do not exist.

    python -m examples.make_example [--out DIR] [--per-unit N]

The same call makes the same bytes: a fixed seed, no clock.
"""

import argparse
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from exam_ops.office import workbooks
from examples import faces, places
from examples.people import People, Person, Student
from examples.places import BRANCHES, CENTRES, LISTENING, PLAN, SILENT_PAPERS, SITES, UNITS, Room, Site

SEED = PLAN
PER_UNIT = 1000  # sittings in each unit
BOTH_UNITS = 80  # candidates who sit in both units, beside the held-over one
WITHOUT_ROOM = {"U1": 2, "U2": 1}
NOTES = (
    "示例中的人、地、号码都是虚构的。",
    "Everybody and everything in the example is fictional.",
)
PHONE_PREFIX = "1420000"  # a range given to nobody
WITHOUT_PHOTO = 50  # one candidate in fifty
SHORT_ROOM = ("U2", "90102", "03")  # one certified proctor only
RARE_NAMES = {5: "钟𬭎", 12: "苏㛃", 400: "龙龘"}  # by order of making


@dataclass(frozen=True, slots=True)
class Proctor:
    username: str
    person: Person
    phone: str
    site: Site
    certified: str


@dataclass(frozen=True, slots=True)
class Sitting:
    unit: str
    student: Student
    paper_no: str
    site: Site
    room: str = ""
    seat_no: str = ""
    held_over: str = ""


@dataclass(slots=True)
class Example:
    """The rows of the workbook by sheet, and the student numbers that have a photo."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    photos: list[str] = field(default_factory=list)


def build(per_unit: int = PER_UNIT) -> Example:
    """The whole example with so many sittings in each unit."""
    dice = Random(SEED)
    people = People(dice)
    rooms = places.rooms(dice)
    proctors = list(_proctors(people))
    sittings = _Seating(dice, people, rooms).sittings(per_unit)
    guests = [next(s.student for s in sittings if s.site.branch == b) for b in ("901", "902")]
    example = Example(rows=places.rows(rooms))
    example.rows["考生编排"] = [_sitting_row(s) for s in sittings]
    example.rows["监考教师"] = [_proctor_row(p) for p in proctors]
    example.rows["监考编排"] = list(_roster(rooms, proctors))
    example.rows["账号"] = list(_accounts(people, proctors, guests))
    example.photos = _with_photo(sittings, guests)
    return example


class _Seating:
    """Seats candidates: listening papers in the first rooms of formal sites, the others anywhere."""

    def __init__(self, dice: Random, people: People, rooms: list[Room]) -> None:
        self._dice = dice
        self._people = people
        self._rooms = rooms
        self._made = 0

    def sittings(self, per_unit: int) -> list[Sitting]:
        first = self._unit("U1", per_unit, [])
        returning = [s for s in first if s.room]
        self._dice.shuffle(returning)
        return first + self._unit("U2", per_unit, returning[: BOTH_UNITS * per_unit // PER_UNIT + 1])

    def _unit(self, unit: str, count: int, returning: list[Sitting]) -> list[Sitting]:
        seats = [(r, n) for r in self._rooms for n in range(1, r.seats + 1)]
        chosen = sorted(self._dice.sample(range(len(seats)), count - WITHOUT_ROOM[unit]))
        held_over = returning[:1]
        waiting: dict[str, list[Sitting]] = {}
        for sitting in returning:
            waiting.setdefault(sitting.site.code, []).append(sitting)
        seated = [self._seat(unit, *seats[i], waiting, held_over) for i in chosen]
        return seated + [self._without_room(unit, i) for i in range(WITHOUT_ROOM[unit])]

    def _seat(
        self, unit: str, room: Room, seat: int, waiting: dict[str, list[Sitting]], held_over: list[Sitting]
    ) -> Sitting:
        earlier = waiting[room.site.code].pop(0) if waiting.get(room.site.code) else None
        student = earlier.student if earlier else self._student(room.site)
        flag = "是" if earlier and earlier in held_over else ""
        paper = self._paper(unit, room, earlier)
        return Sitting(unit, student, paper, room.site, room.number, f"{seat:02d}", flag)

    def _without_room(self, unit: str, index: int) -> Sitting:
        site = SITES[3 * index + (unit == "U2")]
        return Sitting(unit, self._student(site), self._dice.choice(SILENT_PAPERS), site)

    def _student(self, site: Site) -> Student:
        self._made += 1
        centre = self._dice.choice(site.centres)
        return self._people.student(site.branch, centre, RARE_NAMES.get(self._made, ""))

    def _paper(self, unit: str, room: Room, earlier: Sitting | None) -> str:
        if unit == "U1" and room.number == "01" and room.site.kind == "正式":
            return LISTENING
        return self._dice.choice([p for p in SILENT_PAPERS if not earlier or p != earlier.paper_no])


def _sitting_row(sitting: Sitting) -> dict[str, Any]:
    student = sitting.student
    return {
        "plan": PLAN,
        "unit": sitting.unit,
        "student_no": student.student_no,
        "name": student.person.name,
        "id_no": student.person.id_no,
        "ticket_no": student.ticket_no,
        "paper_no": sitting.paper_no,
        "site": sitting.site.code,
        "room": sitting.room,
        "seat_no": sitting.seat_no,
        "centre": student.centre,
        "held_over": sitting.held_over,
    }


def _proctors(people: People) -> Iterator[Proctor]:
    """Two certified proctors for each room of a site, then its spares."""
    count = 0
    for site in SITES:
        for i, certified in enumerate((*["已认证"] * 2 * site.rooms, *site.spares), start=1):
            count += 1
            person = people.person((1968, 1998))
            yield Proctor(f"t{site.code}{i:02d}", person, f"{PHONE_PREFIX}{count:04d}", site, certified)


def _proctor_row(proctor: Proctor) -> dict[str, Any]:
    return {
        "username": proctor.username,
        "name": proctor.person.name,
        "id_no": proctor.person.id_no,
        "phone": proctor.phone,
        "site": proctor.site.code,
        "certified": proctor.certified,
    }


def _roster(rooms: list[Room], proctors: list[Proctor]) -> Iterator[dict[str, Any]]:
    for unit, *_ in UNITS:
        for room in rooms:
            own = [p for p in proctors if p.site is room.site][2 * int(room.number) - 2 :][:2]
            short = (unit, room.site.code, room.number) == SHORT_ROOM
            for proctor, duty in zip(own[: 1 if short else 2], ("主监考", "副监考"), strict=False):
                place = {"plan": PLAN, "unit": unit, "site": room.site.code, "room": room.number}
                yield {**place, "username": proctor.username, "duty": duty}


def _accounts(people: People, proctors: list[Proctor], guests: list[Student]) -> Iterator[dict[str, Any]]:
    for username, role, scope, rights in _offices():
        name = people.person((1968, 1995)).name
        yield {"username": username, "name": name, "role": role, "scope": scope, "rights": rights}
    for proctor in proctors:
        who = {"username": proctor.username, "name": proctor.person.name}
        yield {**who, "role": "监考教师", "scope": proctor.site.code}
    for guest in guests:
        who = {"username": guest.student_no, "name": guest.person.name}
        yield {**who, "role": "考生", "scope": guest.student_no}


def _offices() -> Iterator[tuple[str, str, str, str]]:
    """User name, role, scope and rights of everybody who is neither proctor nor candidate."""
    yield from ((name, "总部", "", "") for name in ("hq1", "hq2"))
    for branch, *_ in BRANCHES:
        yield f"b{branch}-integrity", "分部考务", branch, "考风考纪"
        yield f"b{branch}-duty", "分部考务", branch, "值班"
    for site in SITES:
        yield f"s{site.code}-admin", "考点管理员", site.code, ""
        yield f"s{site.code}-chief", "主考", site.code, ""
    yield from ((f"c{code}", "学习中心考务管理员", code, "") for code, _ in CENTRES)
    yield "support-hq", "技术支持", "", ""
    yield "support-901", "技术支持", "901", ""
    yield "inspector-901", "巡考", "901", ""


def _with_photo(sittings: list[Sitting], always: list[Student]) -> list[str]:
    numbers = dict.fromkeys(s.student.student_no for s in sittings)
    kept = {s.student_no for s in always}
    return [n for n in numbers if n in kept or zlib.crc32(n.encode()) % WITHOUT_PHOTO]


def write(folder: Path, per_unit: int = PER_UNIT) -> tuple[Path, Path]:
    """Write workbook and photos into a folder and return their paths."""
    example = build(per_unit)
    book, photos = folder / f"{PLAN}.xlsx", folder / f"{PLAN}-照片.zip"
    workbooks.write(book, example.rows, title=PLAN, notes=NOTES)
    faces.write_zip(photos, example.photos)
    return book, photos


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="DIR")
    parser.add_argument("--per-unit", type=int, default=PER_UNIT, metavar="N")
    chosen = parser.parse_args()
    for path in write(chosen.out, chosen.per_unit):
        print(f"{path}  {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
