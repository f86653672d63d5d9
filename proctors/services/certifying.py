"""实名认证 by a named person: document, name and photo compared side by side (B2); and what takes a certificate back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, NotAllowed, Refusal, reason_in
from exam_ops.core.models import ProctorProfile, User
from exam_ops.rules import certification, id_numbers
from exam_ops.rules.certification import FINDING_WORDS, NEED_WORDS, PART_WORDS, Finding, Need, Part, State
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Right, Role
from exam_ops.rules.text import Text
from proctors.models import CertificateCheck
from proctors.selectors import certificates
from proctors.selectors.certificates import TO_COMPARE, policy
from proctors.services import certificate_trace

ACTION = certificates.COMPARE
RELATED = certificates.RELATED
HELD_FOR = timedelta(minutes=2)
LONG = 200
Kind, Source = CertificateCheck.Kind, ProctorProfile.Source


class OnlyIntegrityOfficer(NotAllowed):
    sentence = Text(
        "实名认证由分部考风考纪管理员或总部核对。请联系本分部考风考纪管理员。",
        "Identities are compared by the branch's integrity officer or by headquarters. Ask the officer of the branch.",
    )


class OwnCertificate(NotAllowed):
    sentence = Text(
        "不能核对自己的实名认证。请由其他人员核对。",
        "Nobody compares their own identity. Somebody else must.",
    )


class EnteredByYou(NotAllowed):
    sentence = Text(
        "资料由您录入，须由另一人核对。请联系分部或总部的其他人员。",
        "You entered these facts; somebody else must compare them. Ask another officer of the branch or headquarters.",
    )


class CannotBeCertified(Refusal):
    code, status = "document_not_certifiable", 422
    title = Text("该证件不能认证", "This document can't be certified")


class NotReady(Refusal):
    code, status = "certificate_not_ready", 409
    title = Text("资料不全", "Something is missing")
    sentence = Text(
        "{what}。请考点补齐后再核对。", "Missing: {what}. The site adds it, then it can be compared."
    )


class FactsChanged(Refusal):
    code, status = "facts_changed", 409
    title = Text("资料刚刚变更", "The facts have just changed")
    sentence = Text(
        "您打开之后资料已被修改，刚才的结论没有保存。请按现在的资料重新核对。",
        "The facts were changed after you opened them; your verdict was not kept. Compare them as they are now.",
    )


class AlreadyCompared(Refusal):
    code, status = "already_compared", 409
    title = Text("已有结论", "Already compared")
    sentence = Text(
        "{by} 已于 {at} 得出结论：{outcome}。以先保存的为准，无需再操作。",
        "{by} has settled this at {at}: {outcome}. The first verdict holds; nothing is left to do.",
    )


NOTE = Text(
    "不一致或无法判断须写明情况，考点会看到。", "Say what differs or can't be told; the site reads it."
)
ALL_THREE = Text("请对三项都给出结论。", "Say of each of the three whether it agrees.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says of one proctor; `revision` stood on their screen, `unusable` are pictures to be taken again."""

    profile_id: int
    revision: int
    findings: Mapping[Part, Finding]
    unusable: Sequence[Need] = ()
    note: str = ""


def against(actor: Actor, profile: ProctorProfile, *, now: datetime) -> Refusal | None:
    """Why `actor` may not compare this proctor as they stand; None when they may. `profile` comes with `RELATED`."""
    if refusal := access.refused(actor, ACTION, profile) or _without_right(actor, profile):
        return refusal
    if not certification.may_compare(
        actor=actor.user.pk, proctor=profile.user_id, entered_by=profile.entered_by_id, policy=policy()
    ):
        return OwnCertificate() if actor.user.pk == profile.user_id else EnteredByYou()
    if why := certification.why_not(profile.kind):
        return CannotBeCertified(detail=why)
    lacks = dict.fromkeys([*certificates.missing(profile, now=now), *map(Need, profile.needs)])
    if lacks:
        return NotReady(what=_joined([NEED_WORDS[need] for need in lacks]))
    return None


def may_reopen(actor: Actor, profile: ProctorProfile) -> bool:
    """Whether the actor may have this proctor looked at again."""
    return access.refused(actor, ACTION, profile) is None and _without_right(actor, profile) is None


def may_compare_somewhere(actor: Actor) -> bool:
    """Whether the actor has a queue of comparisons at all."""
    return any(_is_entitled(grant.role, grant.rights) for grant in actor.holding(ACTION))


def hold(profile_id: int, *, user: User, now: datetime) -> bool:
    """Lays one proctor, and no other, on somebody's screen for two minutes; False when it stands on another's."""
    ProctorProfile.objects.filter(held_by=user).exclude(pk=profile_id).update(held_by=None, held_until=None)
    free = Q(held_by=None) | Q(held_by=user) | Q(held_until__lte=now)
    rows = ProctorProfile.objects.filter(free, pk=profile_id)
    return bool(rows.update(held_by=user, held_until=now + HELD_FOR))


@transaction.atomic
def compare(verdict: Verdict, *, actor: Actor, now: datetime) -> CertificateCheck:
    """Keeps what a person found: certified when all three agree, refused when one differs, else to be looked at again.

    Raises `NotFound`, `NotAllowed` and its kinds, `CannotBeCertified`, `NotReady`, `Invalid` without the note that
    is due, `FactsChanged`, `AlreadyCompared`.
    """
    rows = ProctorProfile.objects.select_related(*RELATED)
    profile = access.get(actor, ProctorProfile, ACTION, rows, pk=verdict.profile_id)
    if profile.revision != verdict.revision:
        raise FactsChanged()
    if not ProctorProfile.objects.filter(TO_COMPARE, pk=profile.pk).exists():
        raise _already(profile)
    if refusal := against(actor, profile, now=now):
        raise refusal
    note = _note_of(verdict)
    settle(profile, certification.outcome(profile.kind, verdict.findings), Source.PERSON, note, now=now)
    if verdict.unusable and profile.status == State.RECHECK:
        profile.needs = [need.value for need in verdict.unusable]
        profile.save(update_fields=["needs"])
    return _kept(profile, Kind.PERSON, verdict.findings, by=actor.user, now=now)


@transaction.atomic
def answered(
    profile: ProctorProfile, revision: int, findings: Mapping[Part, Finding], words: str, *, now: datetime
) -> CertificateCheck | None:
    """Keeps what the real-name service found; None when a person was faster or the facts have changed since."""
    if profile.revision != revision:
        return None
    try:
        settle(
            profile, certification.by_service(profile.kind, findings), Source.SERVICE, words[:LONG], now=now
        )
    except (FactsChanged, AlreadyCompared):
        return None
    return _kept(profile, Kind.SERVICE, findings, by=None, now=now)


def settle(profile: ProctorProfile, state: State, source: str, reason: str, *, now: datetime) -> None:
    """Moves a proctor whom a comparison was awaited of, and `profile` with them, by one conditional update.

    Raises `FactsChanged`, `AlreadyCompared`.
    """
    is_certified = state is State.CERTIFIED
    values = {
        "status": state.value,
        "source": source,
        "status_reason": reason,
        "status_at": now,
        "valid_until": certification.valid_until(now, policy()) if is_certified else None,
        "held_by": None,
        "held_until": None,
    }
    rows = ProctorProfile.objects.filter(TO_COMPARE, pk=profile.pk, revision=profile.revision)
    if not rows.update(**values):
        profile.refresh_from_db(fields=["revision", "status"])
        raise _already(profile) if profile.status not in certification.OPEN else FactsChanged()
    for name, value in values.items():
        setattr(profile, name, value)


@transaction.atomic
def reopen(profile_id: int, *, reason: str, actor: Actor, now: datetime) -> CertificateCheck:
    """Has a settled proctor looked at again; a certificate holds no more until then.

    Raises `NotFound`, `NotAllowed`, `Invalid` without a reason, `FactsChanged` when it is open already.
    """
    rows = ProctorProfile.objects.select_related(*RELATED)
    profile = access.get(actor, ProctorProfile, ACTION, rows, pk=profile_id)
    if refusal := _without_right(actor, profile):
        raise refusal
    said = reason_in(
        reason, Text("请写明为何须重新核对。", "Say why it must be looked at again."), longest=LONG
    )
    settled = ProctorProfile.objects.filter(pk=profile.pk, status__in=(State.CERTIFIED, State.REFUSED))
    if not settled.update(
        status=State.RECHECK, source="", status_reason=said, status_at=now, valid_until=None
    ):
        raise FactsChanged()
    profile.status, profile.status_reason = State.RECHECK.value, said
    [check] = certificate_trace.write(
        [certificate_trace.history(profile, Kind.REOPENED, by=actor.user, now=now)], now=now
    )
    certificate_trace.tell_site(check, now=now)
    return check


@transaction.atomic
def end_due(*, now: datetime, limit: int = 200) -> int:
    """Certificates whose time is over are to be looked at again; returns how many."""
    due = ProctorProfile.objects.filter(status=State.CERTIFIED, valid_until__lte=now).order_by("pk")
    rows = list(due.select_for_update(of=("self",), no_key=True).select_related("user")[:limit])
    why = Text("认证有效期已满", "The certificate's time is over")
    ProctorProfile.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=State.RECHECK, source="", status_reason=why.zh, status_at=now, valid_until=None
    )
    for row in rows:
        row.status, row.status_reason = State.RECHECK.value, why.zh
    ended = [certificate_trace.history(row, Kind.ENDED, by=None, now=now) for row in rows]
    for check in certificate_trace.write(ended, now=now):
        certificate_trace.tell_site(check, now=now)
    return len(rows)


def _kept(
    profile: ProctorProfile,
    kind: CertificateCheck.Kind,
    findings: Mapping[Part, Finding],
    *,
    by: User | None,
    now: datetime,
) -> CertificateCheck:
    said = {"number": Part.NUMBER, "name": Part.NAME, "face": Part.PHOTO}
    found = {field: findings.get(part, Finding.UNCLEAR).value for field, part in said.items()}
    [check] = certificate_trace.write(
        [certificate_trace.history(profile, kind, by=by, now=now, **found)], now=now
    )
    if profile.status != State.CERTIFIED:
        certificate_trace.tell_site(check, now=now)
    return check


def _note_of(verdict: Verdict) -> str:
    if set(verdict.findings) != set(Part):
        raise Invalid(errors=[FieldError("findings", "required", ALL_THREE)])
    note = id_numbers.mask_within(verdict.note.strip())
    if all(found is Finding.AGREES for found in verdict.findings.values()):
        return note[:LONG]
    what = _what(verdict.findings)
    if verdict.unusable and not note:
        return what  # which picture is to be taken again says enough
    return f"{what}：{reason_in(note, NOTE, longest=LONG)}"[:LONG]


def _what(findings: Mapping[Part, Finding]) -> str:
    """Which of the three differ, or else can't be told."""
    worst = Finding.DIFFERS if Finding.DIFFERS in findings.values() else Finding.UNCLEAR
    parts = [PART_WORDS[part] for part in Part if findings[part] is worst]
    return f"{_joined(parts).zh}{FINDING_WORDS[worst].zh}"


def _without_right(actor: Actor, profile: ProctorProfile) -> Refusal | None:
    branch = profile.site.branch_id
    grants = [g for g in actor.holding(ACTION) if g.is_everywhere or g.branch_id == branch]
    return None if any(_is_entitled(g.role, g.rights) for g in grants) else OnlyIntegrityOfficer()


def _is_entitled(role: Role, rights: frozenset[str]) -> bool:
    return role is Role.HQ or Right.INTEGRITY in rights


def _already(profile: ProctorProfile) -> AlreadyCompared:
    last = profile.checks.select_related("by").first()
    return AlreadyCompared(
        by=last.by.name if last and last.by else Text("系统", "The system"),
        at=f"{last.at.astimezone(BEIJING):%m-%d %H:%M}" if last else "—",
        outcome=certification.STATE_WORDS[State(profile.status)],
    )


def _joined(words: Sequence[Text]) -> Text:
    return Text("、".join(t.zh for t in words), ", ".join(t.en for t in words))
