"""The permission matrix: one row for every address, from which every cell is worked out.

A row says who may call the address at their own place. What follows for a sibling site, another branch
and nobody comes from the scope of the role alone: see `is_refused`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from exam_ops.rules.permissions import ACTIONS, Role
from tests.world import World

RELATIONS = ("own", "sibling", "other_branch")
PLACES = {"own": "A1", "sibling": "A2", "other_branch": "B1"}

# The cast, one person a role; a branch officer's own branch holds the own and the sibling site.
PEOPLE = {
    Role.HQ: "hq",
    Role.BRANCH: "branch_duty",
    Role.SITE: "site_admin",
    Role.CHIEF: "chief",
    Role.PROCTOR: "proctor",
    Role.CENTRE: "centre_officer",
    Role.SUPPORT: "support",
    Role.INSPECTOR: "inspector",
    Role.CANDIDATE: "candidate",
}
REACH = {
    Role.HQ: RELATIONS,
    Role.SUPPORT: RELATIONS,
    Role.BRANCH: ("own", "sibling"),
}
EVERYBODY = frozenset(Role)

Kwargs = Callable[[World, str], dict[str, Any]]


def nothing(world: World, place: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Row:
    """One address and method.

    `may`: roles that may call it at their own place (an action's name, or a set of roles). `at`: URL
    arguments for an object at the related place; None when the address names none. `place_in`: "body"
    when the body names the place instead. `knows_no_place`: what is named belongs to no place.
    `empty_is_404`: the object stands there empty (a photo never taken), so 404 is no refusal.
    `per_branch`: names a whole branch, of which everybody sees the own part.
    """

    name: str
    method: str = "get"
    may: str | frozenset[Role] = EVERYBODY
    at: Kwargs | None = None
    body: Kwargs = nothing
    open_to_all: bool = False
    place_in: str = "url"
    multipart: bool = False
    knows_no_place: bool = False
    empty_is_404: bool = False
    per_branch: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        return ACTIONS[self.may] if isinstance(self.may, str) else self.may

    @property
    def names_a_place(self) -> bool:
        return not self.knows_no_place and (self.at is not None or self.place_in == "body")

    @property
    def relations(self) -> tuple[str, ...]:
        """The places to call it at: all, unless neither address nor body says one."""
        return RELATIONS if self.at or self.body is not nothing else RELATIONS[:1]

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


REFUSED = frozenset({401, 403, 404})


def is_refused(row: Row, role: Role | None, relation: str) -> bool:
    """Whether the cell must be refused: no role, not the role's to do, or out of the role's reach."""
    if row.open_to_all:
        return False
    if role is None or role not in row.roles:
        return True
    if row.per_branch and relation == "sibling":
        return False  # the same branch
    return row.names_a_place and relation not in REACH.get(role, ("own",))


def names() -> list[str]:
    """The name of every address in the URL map; one without a name shows by its route."""
    return [p.name or str(p.pattern) for p in _flat(get_resolver().url_patterns)]


def methods_of(name: str) -> set[str]:
    """The methods that the view behind a name answers to."""
    pattern = next(p for p in _flat(get_resolver().url_patterns) if p.name == name)
    view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
    known = ("get", "post", "put", "patch", "delete")
    return {m for m in known if hasattr(view, m)} if view else {"get"}


def _flat(patterns: Any) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _flat(pattern.url_patterns)
        else:
            yield pattern
