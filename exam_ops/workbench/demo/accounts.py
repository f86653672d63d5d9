"""The demo's accounts: passwords made now, printed and kept in var/demo.json alone."""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from python_calamine import CalamineWorkbook

from exam_ops.core.models import Candidate, ExamPlan, Membership, RosterRow, User

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read twice
ROLE_ORDER = (
    "hq",
    "branch_officer",
    "site_admin",
    "chief",
    "proctor",
    "centre_officer",
    "support",
    "inspector",
)


def with_new_passwords(plan: ExamPlan, workbook: Path) -> list[dict[str, Any]]:
    """Gives every account of the workbook a new password and returns them as demo.json lists them."""
    users = list(User.objects.filter(username__in=_usernames(workbook), is_active=True).order_by("username"))
    passwords = {user.pk: _password() for user in users}
    for user in users:
        user.password = make_password(passwords[user.pk])
    User.objects.bulk_update(users, ["password"], batch_size=200)
    rooms = _rooms_by_proctor(plan)
    return [
        {
            "username": m.user.username,
            "name": m.user.name,
            "password": passwords[m.user_id],
            "role": m.role,
            "scope": _scope(m, rooms.get(m.user_id, [])),
        }
        for m in _memberships()
        if m.user_id in passwords
    ]


def _usernames(workbook: Path) -> set[str]:
    header, *rows = CalamineWorkbook.from_path(str(workbook)).get_sheet_by_name("账号").to_python()
    place = header.index("用户名")
    return {str(row[place]) for row in rows}


def table(accounts: Iterable[dict[str, Any]]) -> list[str]:
    """A short table for the screen: the first people of every role at two sites of different branches."""
    shown: list[str] = []
    count: dict[tuple[str, str | None], int] = {}
    sites = _two_sites(accounts)
    for account in sorted(accounts, key=_order):
        role, scope = account["role"], account["scope"]
        place = scope["site"]
        if place and place not in sites:
            continue
        key = (role, place)
        count[key] = count.get(key, 0) + 1
        if count[key] > (1 if role in ("candidate", "inspector") else 2):
            continue
        where = " ".join(filter(None, [scope["branch"], place, ",".join(scope["rooms"])])) or "-"
        shown.append(f"  {role:<15} {account['username']:<20} {account['password']:<14} {where}")
    return shown


def _memberships() -> Iterable[Membership]:
    return Membership.objects.select_related(
        "user", "branch", "site__branch", "centre__branch", "candidate"
    ).order_by("user__username", "pk")


def _scope(m: Membership, rooms: list[str]) -> dict[str, Any]:
    if m.candidate:
        return _candidate_scope(m.candidate)
    branch = m.branch or (m.site.branch if m.site else None) or (m.centre.branch if m.centre else None)
    site = m.site.code if m.site else None
    if m.centre and (own := m.centre.sites.order_by("code").first()):
        site = own.code
    return {
        "branch": branch.code if branch else None,
        "site": site,
        "rooms": rooms if m.role == "proctor" else [],
        **({"centre": m.centre.code} if m.centre else {}),
    }


def _candidate_scope(candidate: Candidate) -> dict[str, Any]:
    """Where a candidate sits: the places of the own sittings."""
    sittings = list(
        candidate.sittings.select_related("site_unit__site__branch", "room_session__room").order_by("pk")
    )
    site = sittings[0].site_unit.site if sittings else None
    return {
        "branch": site.branch.code if site else None,
        "site": site.code if site else None,
        "rooms": sorted({s.room_session.room.room_no for s in sittings if s.room_session}),
        "student_no": candidate.student_no,
    }


def _rooms_by_proctor(plan: ExamPlan) -> dict[int, list[str]]:
    rooms: dict[int, list[str]] = {}
    rows = RosterRow.objects.filter(room_session__site_unit__unit__plan=plan).values_list(
        "proctor", "room_session__room__room_no"
    )
    for proctor, room_no in rows.order_by("room_session__room__room_no"):
        held = rooms.setdefault(proctor, [])
        if room_no not in held:
            held.append(room_no)
    return rooms


def _two_sites(accounts: Iterable[dict[str, Any]]) -> set[str]:
    first: dict[str, str] = {}
    for account in sorted(accounts, key=_order):
        scope = account["scope"]
        if account["role"] == "centre_officer" and scope["site"] and scope["branch"]:
            first.setdefault(scope["branch"], scope["site"])
    return set(list(first.values())[:2])


def _order(account: dict[str, Any]) -> tuple[int, str]:
    role = account["role"]
    return (ROLE_ORDER.index(role) if role in ROLE_ORDER else len(ROLE_ORDER), account["username"])


def _password() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))
