"""Auto-fill of a large site, 100 rooms × 8 units with 240 proctors: the rule alone, and preview and apply on PostgreSQL.

The rule is timed where everything can be filled and where limits leave places empty (`tight`), which looks longest.
"""

from datetime import datetime
from uuid import uuid4

from bench import roster_ground
from bench.measure import report, span
from bench.roster_ground import LASTS, STARTS
from exam_ops.core import clock
from exam_ops.core.access import actor_for
from exam_ops.core.models import RosterRow, User
from exam_ops.rules.roster_fill import fill
from exam_ops.rules.roster_fill_model import LEAD, SECOND, Filling, Limits, Person, Place, Span, Task
from proctors.selectors.fill_task import Choices
from proctors.services import filling

ROOMS, PEOPLE = 100, 240
RULE_S, ALL_S, APPLY_S = 1, 10, 5
LOOSE, TIGHT = Limits(in_a_row=4), Limits(in_a_row=2, a_day=3)


def run() -> None:
    """The rule first, then the whole act."""
    _rule()
    _act()


def _rule() -> None:
    start = datetime.fromisoformat("2026-01-17T00:00:00+08:00")
    units = {n: Span.of(start + after, start + after + LASTS) for n, after in enumerate(STARTS)}
    places = [Place(unit, room, where) for unit in units for room in range(ROOMS) for where in (LEAD, SECOND)]
    people = [Person(n, recused=frozenset({(n % 8, n % ROOMS)})) for n in range(PEOPLE)]
    taken, found = {}, {}
    for name, limits in (("loose", LOOSE), ("tight", TIGHT)):
        with span() as one:
            found[name] = fill(Task(units, places, people, limits=limits))
        taken[name] = one.wall
    report(
        "rosters.fill_rule",
        goal=f"s <= {RULE_S} and tight_s <= {ALL_S} at {ROOMS} rooms × 8 units, {PEOPLE} proctors",
        ok=taken["loose"] <= RULE_S and taken["tight"] <= ALL_S,
        s=taken["loose"],
        tight_s=taken["tight"],
        **_figures(found["loose"], ""),
        **_figures(found["tight"], "tight_"),
    )


def _figures(done: Filling, name: str) -> dict[str, int]:
    spread = done.spread_after
    return {f"{name}empty": len(done.empty), f"{name}least": spread.least, f"{name}most": spread.most}


def _act() -> None:
    admin, chosen = _site()
    actor = actor_for(admin, now=clock.now())
    with span() as looking:
        shown = filling.preview(chosen, actor=actor, now=clock.now())
    with span() as writing:
        done, _ = filling.apply(uuid4(), chosen, mark=shown.mark, reason="", actor=actor, clock=clock.now)
    assert (
        RosterRow.objects.filter(room_session__site_unit__unit__plan__code="FILL").count() == done["placed"]
    )
    whole = looking.wall + writing.wall
    report(
        "rosters.fill",
        goal=f"preview and apply <= {ALL_S} s, apply <= {APPLY_S} s for {ROOMS * 16} places",
        ok=whole <= ALL_S and writing.wall <= APPLY_S and done["placed"] == ROOMS * 16,
        preview_s=looking.wall,
        apply_s=writing.wall,
        placed=done["placed"],
        empty=done["empty"],
    )


def _site() -> tuple[User, Choices]:
    """A site with an empty roster, and its administrator."""
    ground = roster_ground.build("FILL", plan="FILL", rooms=ROOMS, people=PEOPLE)
    choices = Choices(ground.sites[0], ground.plan, ground.site_units, LOOSE, seed="bench")
    return roster_ground.administrator(ground.sites[0]), choices
