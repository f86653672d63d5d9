"""Accounts with their roles, and proctors with their certificates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password

from exam_ops.core.fields import blind_index
from exam_ops.core.models import Candidate, Membership, ProctorProfile, User
from exam_ops.office.loading.book import Key, Row
from exam_ops.office.loading.checking_people import SCOPES
from exam_ops.office.loading.known import chunks
from exam_ops.office.loading.writing.state import BATCH, Wish, Writing, save, upsert
from exam_ops.rules.permissions import Role

SCOPE_FIELDS = {"分部": "branch_id", "考点": "site_id", "学习中心": "centre_id", "考生": "candidate_id"}
STATUS, SOURCE = ProctorProfile.Status, ProctorProfile.Source


@dataclass
class Person:
    """An account as both sheets know it together."""

    name: str
    password: str = ""
    rows: list[Row] = field(default_factory=list)


def people_of(rows: Iterable[Row]) -> dict[str, Person]:
    people: dict[str, Person] = {}
    for row in rows:
        person = people.setdefault(row["username"], Person(row["name"]))
        person.rows.append(row)
        person.password = person.password or row.get("initial_password", "")
    return people


def write_accounts(w: Writing) -> None:
    """Accounts of both sheets; the initial password is set on a new account and never again."""
    people = people_of((*w.book["监考教师"], *w.book["账号"]))
    names = people.keys() | {row["username"] for row in w.book["监考编排"]}
    stored = {(u.username,): u for part in chunks(names) for u in User.objects.filter(username__in=part)}
    wishes = {
        (username,): Wish({"username": username, "name": p.name}, p.rows) for username, p in people.items()
    }
    fresh = {
        (username,): {"password": make_password(person.password or None)}
        for username, person in people.items()
        if (username,) not in stored
    }
    users = stored | upsert(w, User, wishes, stored, only_new=fresh)
    w.users = {key[0]: user for key, user in users.items()}


def write_proctors(w: Writing) -> None:
    rows = {w.users[row["username"]].pk: row for row in w.book["监考教师"]}
    stored = {(p.user_id,): p for part in chunks(rows) for p in ProctorProfile.objects.filter(user__in=part)}
    moved = {
        (user_id, stored[user_id,].site_id)
        for user_id, row in rows.items()
        if (user_id,) in stored and stored[user_id,].site_id != w.sites[row["site"]].pk
    }
    wishes = {
        (user_id,): Wish(_profile(w, user_id, row, stored.get((user_id,))), [row])
        for user_id, row in rows.items()
    }
    upsert(w, ProctorProfile, wishes, stored, follows={"id_no": "id_no_index"})
    _leave_sites(moved)
    sites = {w.sites[row["site"]].pk: row["site"] for row in rows.values()}
    gone = ProctorProfile.objects.filter(site__in=sites).exclude(user__in=rows)
    w.vanished("监考教师", gone.values_list("user__username", "user__name"))


def _profile(w: Writing, user_id: int, row: Row, stored: ProctorProfile | None) -> dict[str, Any]:
    values = {
        "user_id": user_id,
        "site_id": w.sites[row["site"]].pk,
        "id_no": row["id_no"],
        "id_no_index": blind_index(row["id_no"]),
    }
    if "phone" in row.values:
        values["phone"] = row.get("phone", "")
    if stored is not None and stored.source in (SOURCE.PERSON, SOURCE.SERVICE):
        return values  # who compared document, name and photo knows better than a workbook
    status, source = (STATUS.CERTIFIED, SOURCE.IMPORT) if row["certified"] else (STATUS.PENDING, "")
    values |= {"status": status, "source": source}
    if stored is None or stored.status != status:
        values["status_at"] = w.now
    return values


def _leave_sites(moved: set[tuple[int, int]]) -> None:
    """A proctor who changed sites is no longer a proctor of the old one (the sheet 账号 may say otherwise)."""
    for user_id, site_id in moved:
        Membership.objects.filter(user=user_id, role=Role.PROCTOR, site=site_id).delete()


def write_memberships(w: Writing) -> None:
    """Roles with their scopes; a proctor has one at the own site without being asked for it."""
    wanted: dict[Key, Wish] = {}
    for row in w.book["账号"]:
        wanted.setdefault(_membership(w, row), Wish({}, [])).rows.append(row)
    for row in w.book["监考教师"]:
        key = _key(w.users[row["username"]].pk, Role.PROCTOR, site_id=w.sites[row["site"]].pk)
        wanted.setdefault(key, Wish({}, [])).rows.append(row)
    for key, wish in wanted.items():
        wish.values = {**dict(key), "rights": _rights(wish.rows)}
    stored = _stored_memberships({dict(key)["user_id"] for key in wanted})
    created = {key: Membership(**wish.values) for key, wish in wanted.items() if key not in stored}
    Membership.objects.bulk_create(created.values(), batch_size=BATCH)
    for key in created:
        _mark(w, wanted[key])
    _change_rights(w, wanted, stored)
    named = {w.users[row["username"]].pk for row in w.book["账号"]}
    gone = [(stored[key].user_id, stored[key].role) for key in stored.keys() - wanted.keys()]
    names = {user.pk: username for username, user in w.users.items()}
    w.vanished("账号", ((names[user], role) for user, role in gone if user in named))


def _mark(w: Writing, wish: Wish) -> None:
    """A new role of a stored account is an added row of 账号; a proctor's own role is no row of its own."""
    w.mark_added(row for row in wish.rows if row.sheet == "账号")


def _change_rights(w: Writing, wanted: Mapping[Key, Wish], stored: Mapping[Key, Membership]) -> None:
    changed = []
    has_column = any("rights" in row.values for row in w.book["账号"])
    for key in wanted.keys() & stored.keys() if has_column else ():
        if sorted(stored[key].rights) != wanted[key].values["rights"]:
            stored[key].rights = wanted[key].values["rights"]
            changed.append(stored[key])
            w.mark_changed(row for row in wanted[key].rows if row.sheet == "账号")
    save(Membership, {("rights",): changed} if changed else {})


def _rights(rows: Iterable[Row]) -> list[str]:
    return sorted({right for row in rows if row.sheet == "账号" for right in row.get("rights", [])})


def _key(user_id: int, role: str, **scope: int) -> Key:
    values = {"user_id": user_id, "role": str(role), **dict.fromkeys(SCOPE_FIELDS.values()), **scope}
    return tuple(sorted(values.items()))


def _membership(w: Writing, row: Row) -> Key:
    scope, user_id = row.get("scope", ""), w.users[row["username"]].pk
    if not scope:
        return _key(user_id, row["role"])
    maps: dict[str, Mapping[str, Any]] = {
        "分部": w.branches,
        "考点": w.sites,
        "学习中心": w.centres,
        "考生": w.candidates,
    }
    kind = next(kind for kind in SCOPES[Role(row["role"])] if kind and scope in maps[kind])
    return _key(user_id, row["role"], **{SCOPE_FIELDS[kind]: maps[kind][scope].pk})


def _stored_memberships(user_ids: set[int]) -> dict[Key, Membership]:
    found = {}
    for part in chunks(user_ids):
        for m in Membership.objects.filter(user__in=part):
            scope = {name: getattr(m, name) for name in SCOPE_FIELDS.values()}
            found[_key(m.user_id, m.role, **scope)] = m
    return found


def candidates_of_accounts(w: Writing) -> None:
    """Candidates that accounts name but this workbook does not seat."""
    asked = {row["scope"] for row in w.book["账号"] if row["role"] == Role.CANDIDATE} - w.candidates.keys()
    for part in chunks(asked):
        w.candidates |= {c.student_no: c for c in Candidate.objects.filter(student_no__in=part)}
