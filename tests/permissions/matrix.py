"""The permission matrix: one row for every address, from which every cell is worked out.

A row says who may call the address at their own place. What follows for a sibling site, another branch
and nobody comes from the scope of the role alone: see `expected`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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

    `may`: roles that may call it at their own place (an action's name, or a set of roles).
    `sees`: roles for which the object exists though they may not (403 instead of 404); by default those
    whose scope reaches the place. `at`: URL arguments for an object at site `place`; None when the
    address names no object, and then the relation has no meaning. `open_to_all`: no sign-in needed.
    """

    name: str
    method: str = "get"
    may: str | frozenset[Role] = EVERYBODY
    at: Kwargs | None = None
    body: Kwargs = nothing
    query: Kwargs = nothing
    open_to_all: bool = False
    place_in: str = "url"  # or "body": where the place is named
    phone: bool = True
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def roles(self) -> frozenset[Role]:
        return ACTIONS[self.may] if isinstance(self.may, str) else self.may

    @property
    def names_a_place(self) -> bool:
        return self.at is not None or self.place_in == "body"


def expected(row: Row, role: Role | None, relation: str) -> frozenset[int]:
    """The refusals that the cell must answer; empty: it must not be refused."""
    if row.open_to_all:
        return frozenset()
    if role is None:
        return frozenset({401, 403, 404})
    if role not in row.roles:
        return frozenset({403, 404})
    if row.names_a_place and relation not in REACH.get(role, ("own",)):
        return frozenset({403, 404}) if row.place_in == "body" else frozenset({404})
    return frozenset()


def named_patterns(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every (name, route) of the URL map."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from named_patterns(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or route, route


def methods_of(name_or_route: str, patterns: Any = None) -> set[str]:
    """The methods that the view behind a name answers to."""
    for pattern in _flat(get_resolver().url_patterns):
        if pattern.name == name_or_route:
            view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
            if view is None:
                return {"get"}
            known = ("get", "post", "put", "patch", "delete")
            return {m for m in known if hasattr(view, m)}
    raise LookupError(name_or_route)


def _flat(patterns: Any) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _flat(pattern.url_patterns)
        else:
            yield pattern
