"""A plan that is published inside 48 hours: its first rosters are requests to the branches, not rows (C8)."""

from collections.abc import Mapping

from exam_ops.core.models import RoomSession, RosterRow, SiteUnit
from exam_ops.core.schedule import Timetable
from exam_ops.office.loading.book import Key
from exam_ops.office.loading.writing.sittings import site_unit_of
from exam_ops.office.loading.writing.state import Wish, Writing
from exam_ops.rules.proctor_changes import ChangeWindow
from exam_ops.rules.text import Text
from proctors.services import first_rosters
from proctors.services.first_rosters import First

ASKED = Text(
    "距开考不足 48 小时，首次编排须分部批准：已作为变更申请提交分部，批准后生效。",
    "The unit begins within 48 hours: its first roster was put to the branch as a request and holds once approved.",
)
TOO_LATE = Text(
    "距开考已不足 2 小时，监考编排不能随计划导入。请删去该单元的监考编排行，导入后由主考提交紧急更换。",
    "The unit begins within 2 hours; its roster can't be loaded. Take its rows out; "
    "once the plan is loaded the chief examiner asks for emergency replacements.",
)
NOBODY_ASKS = Text(
    "距开考不足 48 小时，首次编排是向分部提出的申请，须有申请人。请由总部人员在导入计划页面导入。",
    "The unit begins within 48 hours: its first roster is a request and somebody must ask. "
    "Load the plan on its page, signed in as headquarters.",
)


def put_aside(
    w: Writing, wishes: Mapping[Key, Wish], stored: Mapping[Key, RosterRow]
) -> tuple[dict[Key, Wish], list[Wish]]:
    """What may stand at once, and what has to be asked for; what was asked for by an earlier load is neither.

    Rows that can't be asked for any more are errors. A site unit that stood before keeps its own rule.
    """
    times, windows = Timetable(), dict[int, ChangeWindow]()
    late: dict[Key, Wish] = {}
    for key, wish in wishes.items():
        site_unit = site_unit_of(w, wish.rows[0])
        if site_unit.pk not in windows:
            windows[site_unit.pk] = first_rosters.window_of(_with_plan(w, site_unit), now=w.now, times=times)
        if key not in stored and windows[site_unit.pk] is not ChangeWindow.FREE:
            late[key] = wish
    if not late:
        return dict(wishes), []
    known = first_rosters.asked_for(site_unit_of(w, wish.rows[0]) for wish in late.values())
    asked = {key for key, wish in late.items() if _mark(wish) in known}
    fresh = [key for key in late.keys() - asked if site_unit_of(w, late[key].rows[0]).pk in w.new_site_units]
    for key in fresh:
        row = late[key].rows[0]
        if windows[site_unit_of(w, row).pk] is not ChangeWindow.BRANCH_APPROVAL:
            w.problems.error(row, "username", TOO_LATE)
        elif w.actor is None:
            w.problems.error(row, "username", NOBODY_ASKS)
    aside = asked.union(fresh)
    return {key: wish for key, wish in wishes.items() if key not in aside}, [late[key] for key in fresh]


def ask(w: Writing, wishes: list[Wish], sessions: Mapping[Key, RoomSession]) -> None:
    """Puts `wishes` to the branches; each row says so."""
    if not wishes or w.actor is None:
        return
    by_pk = {session.pk: session for session in sessions.values()}
    firsts = [
        First(
            _with_plan(w, site_unit_of(w, wish.rows[0])),
            by_pk[wish.values["room_session_id"]],
            wish.values["proctor_id"],
            wish.values["position"],
        )
        for wish in wishes
    ]
    first_rosters.ask(firsts, actor=w.actor, now=w.now)
    for wish in wishes:
        w.mark_added(wish.rows)
        w.problems.warn(wish.rows[0], "username", ASKED)


def _mark(wish: Wish) -> tuple[int, int, str]:
    return wish.values["room_session_id"], wish.values["proctor_id"], wish.values["position"]


def _with_plan(w: Writing, site_unit: SiteUnit) -> SiteUnit:
    """The site unit with the unit and plan of this load at hand."""
    unit = next(unit for unit in w.units.values() if unit.pk == site_unit.unit_id)
    unit.plan = next(plan for plan in w.plans.values() if plan.pk == unit.plan_id)
    site_unit.unit = unit
    return site_unit
