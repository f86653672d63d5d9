"""Figures above the site, worked out once for all who look at the same: by whoever asks first, every few seconds.

A board of the nation counts fourteen thousand rooms. A process keeps what it has found for `FIGURES_KEPT`
seconds and says as of when; two who ask at once wait for one count. There is no row that sign-ins and boards
would have to share (docs/decisions/0021).
"""

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from django.conf import settings

from exam_ops.core import clock
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan
from verification.selectors.figures import SEE, Figures

AT_MOST = 256  # views that a process keeps


@dataclass(frozen=True, slots=True)
class Kept:
    """Figures by place, the real instant as of which they hold, and a mark that is the same for the same figures."""

    found: dict[Hashable, Figures]
    as_of: datetime
    mark: str


@dataclass(slots=True)
class _Place:
    lock: Lock = field(default_factory=Lock)
    kept: Kept | None = None
    at: float = 0.0


_places: dict[Hashable, _Place] = {}


def view_of(actor: Actor, plan: ExamPlan, *what: Hashable) -> Hashable:
    """Names a view of `plan` for all who see the same of it; a drill's jump and a new policy make another."""
    scope = frozenset((g.branch_id, g.site_id, g.centre_id, g.candidate_id) for g in actor.holding(SEE))
    if any(grant.is_everywhere for grant in actor.holding(SEE)):
        scope = frozenset()
    return (scope, plan.pk, plan.clock_offset, plan.policy_version, *what)


def kept(view: Hashable, count: Callable[[], dict[Hashable, Figures]], *, now: datetime) -> Kept:
    """The figures of `view`, counted anew where they are older than `FIGURES_KEPT` seconds."""
    asked = clock.monotonic()
    while len(_places) >= AT_MOST and view not in _places:
        _places.pop(next(iter(_places)), None)
    place = _places.setdefault(view, _Place())
    with place.lock:
        if place.kept is None or asked - place.at >= settings.FIGURES_KEPT:
            place.at = clock.monotonic()
            found = count()
            facts = repr(sorted(found.items(), key=lambda item: str(item[0])))
            place.kept = Kept(found, now, hashlib.sha256(facts.encode()).hexdigest()[:16])
        return place.kept


def forget() -> None:
    """Forgets everything, as a new process would have it."""
    _places.clear()
