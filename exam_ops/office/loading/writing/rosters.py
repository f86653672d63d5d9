"""Who stands in which room; rosters change only while they are free (C8) and no fact hangs on them.

What is published later is asked for (`first_rosters`).
"""

from typing import Any

from exam_ops.core import policies
from exam_ops.core.models import RoomSession, RosterRow, SiteUnit
from exam_ops.office.loading.book import Key, Row
from exam_ops.office.loading.known import chunks
from exam_ops.office.loading.writing import first_rosters
from exam_ops.office.loading.writing.rosters_busy import check_busy
from exam_ops.office.loading.writing.sittings import differs, referred, site_unit_of
from exam_ops.office.loading.writing.state import Wish, Writing, save, upsert
from exam_ops.rules.proctor_changes import ChangeWindow, change_window
from exam_ops.rules.text import Text

SHEET = "监考编排"
LOCKED = Text(
    "监考编排已在开考前 48 小时锁定，不能由工作簿改动。请在监考编排页面提交变更申请，由分部审批。",
    "The roster locked 48 hours before the start. Ask for the change on the roster page; the branch decides.",
)
HAS_FACTS = Text(
    "该监考教师在本单元已有核验或变更记录，不能由工作簿改动。请恢复原值。",
    "This proctor has a check or a change request for this unit; a workbook can't change it. Put the old value back.",
)


def write_rosters(w: Writing, sessions: dict[Key, RoomSession]) -> None:
    site_units = {s.pk: s for s in w.site_units.values()}
    by_pk = {s.pk: s for s in sessions.values()}
    stored = {
        (r.proctor_id, site_units[by_pk[r.room_session_id].site_unit_id].unit_id): r
        for part in chunks(by_pk)
        for r in RosterRow.objects.filter(room_session__in=part)
    }
    wishes: dict[Key, Wish] = {}
    for row in w.book[SHEET]:
        values = _roster_row(w, row, sessions)
        wishes[values["proctor_id"], site_unit_of(w, row).unit_id] = Wish(values, [row])
    left = {key: r for key, r in stored.items() if key not in wishes}
    wishes, to_ask = first_rosters.put_aside(w, wishes, stored)
    _check_lock(w, wishes, stored)
    _check_facts(w, wishes, stored)
    _check_taken(w, wishes, left)
    check_busy(w, wishes, [k for k, wish in wishes.items() if k not in stored or differs(stored[k], wish)])
    if w.problems.errors:
        return
    _park([r for key, r in stored.items() if key in wishes and differs(r, wishes[key])])
    upsert(w, RosterRow, wishes, stored)
    first_rosters.ask(w, to_ask, sessions)
    _say_vanished(w, [r.pk for r in left.values()])


def _roster_row(w: Writing, row: Row, sessions: dict[Key, RoomSession]) -> dict[str, Any]:
    session = sessions[site_unit_of(w, row).pk, w.rooms[row["site"], row["room"]].pk]
    return {
        "room_session_id": session.pk,
        "proctor_id": w.users[row["username"]].pk,
        "position": row["duty"],
    }


def _check_lock(w: Writing, wishes: dict[Key, Wish], stored: dict[Key, RosterRow]) -> None:
    """Before this load the site unit stood and its roster was locked: changes are requests now."""
    locked: dict[int, bool] = {}
    plans = {unit.pk: w.plans[code] for (code, _), unit in w.units.items()}
    for key, wish in wishes.items():
        if key in stored and not differs(stored[key], wish):
            continue
        site_unit = site_unit_of(w, wish.rows[0])
        if site_unit.pk not in locked:
            locked[site_unit.pk] = site_unit.pk not in w.new_site_units and _is_locked(w, site_unit, plans)
        if locked[site_unit.pk]:
            w.problems.error(wish.rows[0], "username", LOCKED)


def _is_locked(w: Writing, site_unit: SiteUnit, plans: dict[int, Any]) -> bool:
    """Whether the free window of C8 is over: the rule that pages and API go by, or the unit was stopped."""
    plan = plans[site_unit.unit_id]
    window = change_window(start=site_unit.start, now=plan.plan_time(w.now), policy=policies.of(plan))
    return site_unit.stopped_at is not None or window is not ChangeWindow.FREE


def _check_facts(w: Writing, wishes: dict[Key, Wish], stored: dict[Key, RosterRow]) -> None:
    changing = {r.pk: wishes[key] for key, r in stored.items() if key in wishes and differs(r, wishes[key])}
    checked = {r.pk for r in stored.values() if r.pk in changing and r.checked_at}
    for pk in checked | referred(RosterRow, changing.keys() - checked):
        w.problems.error(changing[pk].rows[0], "username", HAS_FACTS)


def _check_taken(w: Writing, wishes: dict[Key, Wish], left: dict[Key, RosterRow]) -> None:
    taken = {(r.room_session_id, r.position) for r in left.values()}
    for wish in wishes.values():
        if (wish.values["room_session_id"], wish.values["position"]) in taken:
            w.problems.error(
                wish.rows[0],
                "duty",
                Text(
                    "系统中该考场的这一职责另有人担任，而那一行不在这个工作簿里。请先在监考编排页面调整。",
                    "Somebody else has this duty in the portal and is not in this workbook. Change it on the roster page.",
                ),
            )


def _park(moving: list[RosterRow]) -> None:
    """Frees positions of those that move, so that two may swap."""
    for i, row in enumerate(moving):
        row.position = f"~{i}"
    save(RosterRow, {("position",): moving} if moving else {})


def _say_vanished(w: Writing, pks: list[int]) -> None:
    for part in chunks(pks):
        w.vanished(
            SHEET,
            RosterRow.objects.filter(pk__in=part).values_list(
                "room_session__site_unit__unit__code",
                "room_session__site_unit__site__code",
                "room_session__room__room_no",
                "proctor__username",
            ),
        )
