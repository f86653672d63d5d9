"""Accounts with their roles, and proctors with their certificates."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password

from exam_ops.core.models import Candidate, Membership, ProctorProfile, User
from exam_ops.office.loading import album
from exam_ops.office.loading.book import Key, Row
from exam_ops.office.loading.checking_people import SCOPES
from exam_ops.office.loading.known import chunks
from exam_ops.office.loading.writing.state import BATCH, Wish, Writing, save, upsert
from exam_ops.rules.certification import Fact, document_of
from exam_ops.rules.permissions import Role
from proctors.models import CertificateCheck
from proctors.services import certificate_asks, certificate_trace, registry_facts

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
    w.renamed = {key[0] for key, user in stored.items() if key in wishes and user.name != people[key[0]].name}
    users = stored | upsert(w, User, wishes, stored, only_new=fresh)
    w.users = {key[0]: user for key, user in users.items()}


def write_proctors(w: Writing) -> None:
    """The registry's facts (B2): what the sheet calls certified is a claim, and what changed is compared anew."""
    rows = {w.users[row["username"]].pk: row for row in w.book["监考教师"]}
    stored = {p.user_id: p for part in chunks(rows) for p in ProctorProfile.objects.filter(user__in=part)}
    moved = {
        (user_id, stored[user_id].site_id)
        for user_id, row in rows.items()
        if user_id in stored and stored[user_id].site_id != w.sites[row["site"]].pk
    }
    laid = [
        _lay(w, stored.get(user_id) or ProctorProfile(user_id=user_id), row) for user_id, row in rows.items()
    ]
    _keep(w, laid)
    _leave_sites(moved)
    sites = {w.sites[row["site"]].pk: row["site"] for row in rows.values()}
    gone = ProctorProfile.objects.filter(site__in=sites).exclude(user__in=rows)
    w.vanished("监考教师", gone.values_list("user__username", "user__name"))


@dataclass(slots=True)
class Laid:
    """A profile as the workbook wants it: which of the three differ, and whether anything does."""

    profile: ProctorProfile
    row: Row
    facts: frozenset[Fact]
    differs: bool
    withdrawn: bool  # what an earlier workbook had certified, and this one doesn't claim


def _lay(w: Writing, profile: ProctorProfile, row: Row) -> Laid:
    """Lays one row onto its profile, unsaved."""
    plain = {"site_id": w.sites[row["site"]].pk, "claimed": bool(row["certified"])}
    if "phone" in row.values:
        plain["phone"] = row.get("phone", "")
    differs = any(getattr(profile, name) != value for name, value in plain.items())
    for name, value in plain.items():
        setattr(profile, name, value)
    if profile.pk and not profile.document:
        profile.document = profile.kind.value  # named at last, as it was read all along
    withdrawn = profile.source == SOURCE.IMPORT and not row["certified"]
    facts = registry_facts.lay(
        profile,
        _facts(w, profile, row),
        renamed=bool(profile.pk) and row["username"] in w.renamed,
        by=w.actor.pk if w.actor else None,
        now=w.now,
    )
    if withdrawn and profile.source:  # what an earlier workbook had said, and nobody compared
        profile.status, profile.source, profile.status_at = STATUS.PENDING, "", w.now
        profile.status_reason = "工作簿不再称其已认证，须核对"
    return Laid(profile, row, facts, differs or bool(facts) or withdrawn, withdrawn)


def _facts(w: Writing, profile: ProctorProfile, row: Row) -> dict[Fact, str]:
    number = row["id_no"]
    is_same = bool(profile.pk) and profile.id_no == number
    named = row.get("document") or (profile.document if is_same else document_of(number).value)
    facts = {Fact.NUMBER: number, Fact.DOCUMENT: named}
    pictures = {Fact.PHOTO: "", Fact.DOCUMENT_PHOTO: album.DOCUMENT}
    for fact, what in pictures.items():
        if sha256 := w.album.hash_of(album.proctor_key(row["username"], what)):
            facts[fact] = sha256
    return facts


def _by_columns(changed: list[Laid]) -> dict[tuple[str, ...], list[ProctorProfile]]:
    """What is written of each: the state of those alone whose facts differ, so that no verdict is lost."""
    found: dict[tuple[str, ...], list[ProctorProfile]] = defaultdict(list)
    for one in changed:
        more = registry_facts.WRITTEN if one.facts or one.withdrawn else ()
        found["site_id", "phone", "claimed", *more].append(one.profile)
    return found


def _keep(w: Writing, laid: list[Laid]) -> None:
    """Writes what is new and what differs, with the history of both, a few statements for all."""
    new = [one for one in laid if one.profile.pk is None]
    changed = [one for one in laid if one.profile.pk is not None and one.differs]
    ProctorProfile.objects.bulk_create([one.profile for one in new], batch_size=BATCH)
    save(ProctorProfile, _by_columns(changed))
    w.mark_added(one.row for one in new)
    w.mark_changed(one.row for one in changed)
    kinds = CertificateCheck.Kind
    entries = [(one, kinds.ENTERED) for one in new] + [
        (one, kinds.CHANGED) for one in changed if one.facts or one.withdrawn
    ]
    certificate_trace.write(
        (
            certificate_trace.history(
                one.profile,
                kind,
                by=w.actor,
                now=w.now,
                facts=sorted(one.facts) if kind is kinds.CHANGED else [],
            )
            for one, kind in entries
        ),
        now=w.now,
    )
    certificate_asks.ask((one.profile for one, _ in entries), now=w.now)


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
