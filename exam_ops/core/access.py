"""The one door to objects: who may see what, and who may do what with it.

An object is had by `get` (or listed by `visible`/`select`) with the actor; what lies outside the actor's
scope does not exist for them. Each model registers once how its place is reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from exam_ops.core.errors import NotAllowed, NotFound, OutOfScope, Refusal, Sought
from exam_ops.core.models import Delegation, Membership, RosterRow, User
from exam_ops.rules.permissions import ACTIONS, Role

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of an actor with its scope; a None everywhere reaches the whole university."""

    role: Role
    branch_id: int | None = None
    site_id: int | None = None
    centre_id: int | None = None
    candidate_id: int | None = None
    rights: frozenset[str] = frozenset()

    @property
    def is_everywhere(self) -> bool:
        return not (self.branch_id or self.site_id or self.centre_id or self.candidate_id)


@dataclass(frozen=True)
class Actor:
    """Who acts: the account, its grants at this instant, and the phone it acts from, if any."""

    user: User
    grants: tuple[Grant, ...]
    device_id: Any = None  # primary key of the Device of the token

    @property
    def roles(self) -> list[str]:
        return sorted({grant.role.value for grant in self.grants})

    def has(self, *roles: Role) -> bool:
        return any(grant.role in roles for grant in self.grants)

    def holding(self, action: str) -> Iterator[Grant]:
        """The grants whose role may do `action` somewhere."""
        return (grant for grant in self.grants if grant.role in ACTIONS[action])

    def may(self, action: str) -> bool:
        """Whether the actor may do `action` anywhere: for menus, never instead of `get`."""
        return any(True for _ in self.holding(action))

    def require(self, action: str) -> None:
        """Refuses with `NotAllowed` when no role of the actor holds `action`."""
        if not self.may(action):
            raise NotAllowed()


def actor_for(user: User, *, now: datetime, device_id: Any = None) -> Actor:
    """The actor behind an account at `now`: memberships, and a chief's powers where lent (C3)."""
    grants = [
        Grant(Role(m.role), m.branch_id, m.site_id, m.centre_id, m.candidate_id, frozenset(m.rights or ()))
        for m in Membership.objects.filter(user=user).order_by("pk")
    ]
    lent = Delegation.objects.filter(
        deputy=user, revoked_at=None, valid_from__lte=now, valid_until__gt=now
    ).values_list("site_id", flat=True)
    grants += [Grant(Role.CHIEF, site_id=site_id) for site_id in lent]
    return Actor(user, tuple(grants), device_id)


@dataclass(frozen=True)
class Path:
    """How a model's place is reached by look-ups; an empty text means the model itself, None not at all."""

    site: str | None = None
    branch: str | None = None
    room_session: str | None = None
    candidate: str | None = None
    centre: str | None = None
    everyone: bool = False  # rows that any signed-in person may know of
    own: bool = False  # an organisation's own rows: a branch's reach does not go on to those of its sites


_paths: dict[type[Model], Path] = {}


def register(model: type[Model], path: Path) -> None:
    """Names the way from `model` to its place; called once per model in its app's `ready()`."""
    _paths[model] = path


def visible(actor: Actor, model: type[M], action: str | None = None) -> QuerySet[M]:
    """The rows of `model` inside the actor's scope, by any role or by those that hold `action`."""
    path = _paths[model]
    rows = model._default_manager.all()
    grants = [g for g in actor.grants if action is None or g.role in ACTIONS[action]]
    if not grants:
        return rows.none()
    if path.everyone or any(g.is_everywhere for g in grants):
        return rows
    conditions = [q for g in grants if (q := _condition(path, g)) is not None]
    if not conditions:
        return rows.none()
    found = reduce(or_, conditions)
    crosses_many = any("__" in key for key in _keys(found))
    return (
        rows.filter(pk__in=model._default_manager.filter(found).values("pk"))
        if crosses_many
        else rows.filter(found)
    )


def get(actor: Actor, model: type[M], action: str, rows: QuerySet[M] | None = None, **lookup: Any) -> M:
    """The one row of `lookup`, once the actor may see it and do `action` with it.

    `rows` may bring select_related or annotations along. Raises `NotFound` when it is outside the
    actor's scope, `NotAllowed` or `OutOfScope` when it is inside but not the actor's to act on.
    """
    scope = visible(actor, model).filter(**lookup)
    found = (
        (rows if rows is not None else model._default_manager.all()).filter(pk__in=scope.values("pk")).first()
    )
    if found is None:
        raise NotFound()
    if refusal := refused(actor, action, found):
        raise refusal
    return found


def refused(actor: Actor, action: str, target: Model) -> Refusal | None:
    """None when the actor may do `action` with `target`; else the refusal that says why not.

    Pages, API and bulk previews all ask this.
    """
    path = _paths[type(target)]
    holding = [g for g in actor.holding(action) if _reaches(path, g, target)]
    if not holding:
        return NotAllowed()
    if any(g.role is not Role.PROCTOR for g in holding) or path.room_session is None:
        return None
    return _duty_refusal(actor, target, path)


def _duty_refusal(actor: Actor, target: Model, path: Path) -> Refusal | None:
    session = _follow(target, path.room_session or "")
    if session is None:
        return None
    rows = RosterRow.objects.filter(proctor=actor.user)
    if rows.filter(room_session=session).exists():
        return None
    site_unit, sought = session.site_unit, Sought(session.pk)
    if rows.filter(room_session__site_unit=site_unit).exists():
        return OutOfScope("room", sought)
    if rows.filter(room_session__site_unit__unit__plan_id=site_unit.unit.plan_id).exists():
        return OutOfScope("unit", sought)
    return OutOfScope("plan", sought)


def _condition(path: Path, grant: Grant) -> Q | None:
    """The rows that one grant reaches; None when there is no way from the model to the grant's place."""
    ways: list[tuple[str | None, str, int | None]] = [
        (path.candidate, "pk", grant.candidate_id),
        (path.centre, "pk", grant.centre_id),
        (path.site, "pk", grant.site_id),
        (None if path.own else path.site, "branch", grant.branch_id),
        (path.branch, "pk", grant.branch_id),
    ]
    if path.centre is None and not path.own:
        ways.append((path.site, "centres", grant.centre_id))
    found = [Q(**{_key(way, last): value}) for way, last, value in ways if way is not None and value]
    return reduce(or_, found) if found else None


def _reaches(path: Path, grant: Grant, target: Model) -> bool:
    if path.everyone or grant.is_everywhere:
        return True
    condition = _condition(path, grant)
    return condition is not None and type(target)._default_manager.filter(condition, pk=target.pk).exists()


def _key(path: str, last: str) -> str:
    return f"{path}__{last}" if path else last


def _keys(condition: Q) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _keys(child)
        else:
            yield str(child[0])  # type: ignore[index]  # a (lookup, value) pair


def _follow(target: Any, path: str) -> Any:
    for name in filter(None, path.split("__")):
        target = getattr(target, name)
        if target is None:
            return None
    return target


@dataclass
class Once:
    """Answers of `refused` for many rows, asked once per place: for bulk previews."""

    actor: Actor
    action: str
    seen: dict[Any, Refusal | None] = field(default_factory=dict)

    def refused(self, target: Model, place: Any) -> Refusal | None:
        if place not in self.seen:
            self.seen[place] = refused(self.actor, self.action, target)
        return self.seen[place]
