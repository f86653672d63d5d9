"""What a sealed package is made of: one row per section, added by whoever owns the facts.

A section reads its rows of one site unit; they stand in the package as `<name>.json`. It may name originals by their
hash as well, which stand below `originals/`. An app above registers its own in its `ready()`:

    sections.register(Section("approvals", Text("入场审批", "Entry approvals"), rows, originals))
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exam_ops.core.models import ExamPlan, RoomSession, SiteUnit, Sitting, User
from exam_ops.rules.id_numbers import mask_within
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Teller:
    """How facts are told in a package of one plan: instants on its clock, people without what they need not show."""

    plan: ExamPlan

    def at(self, real: datetime | None) -> str | None:
        """A real instant on the plan's clock."""
        return self.planned(self.plan.plan_time(real)) if real else None

    def planned(self, at: datetime | None) -> str | None:
        """A plan time."""
        return at.astimezone(BEIJING).isoformat() if at else None

    def words(self, text: str) -> str:
        """What people wrote; an ID number in it is masked (E9)."""
        return mask_within(text)

    def facts(self, data: Any) -> Any:
        """The data of an event or a timeline's line, every text as `words`."""
        match data:
            case str():
                return self.words(data)
            case Mapping():
                return {str(key): self.facts(value) for key, value in data.items()}
            case list() | tuple():
                return [self.facts(value) for value in data]
            case _:
                return data

    def person(self, user: User | None) -> Row | None:
        """Somebody of the staff; None: the portal itself."""
        return {"account": user.username, "name": user.name} if user else None

    def candidate(self, sitting: Sitting | None) -> Row | None:
        """A candidate (loaded with `candidate` and `room_session__room`): name and numbers, never the ID number."""
        if sitting is None:
            return None
        return {
            "name": sitting.candidate.name,
            "student_no": sitting.candidate.student_no,
            "ticket_no": sitting.ticket_no,
            "seat_no": sitting.seat_no,
            "room": self.room(sitting.room_session),
        }

    def room(self, session: RoomSession | None) -> str | None:
        return session.room.room_no if session else None


@dataclass(frozen=True, slots=True)
class Section:
    """One part of every package. `rows` and `originals` (hashes of stored files) are read at one instant."""

    name: str
    label: Text
    rows: Callable[[SiteUnit, Teller], Iterable[Row]]
    originals: Callable[[SiteUnit], Iterable[str]] | None = None


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Adds a part to every package that is made from now on."""
    _sections[section.name] = section


def every() -> list[Section]:
    """The parts, by name: a package of the same facts is always laid the same way."""
    return [_sections[name] for name in sorted(_sections)]


def label_of(name: str) -> Text:
    """A part's name in words; one of an older package may be gone."""
    return _sections[name].label if name in _sections else Text(name, name)
