"""放行: support lets one person use one phone that the device rules refuse, for one unit (B3).

Only the rules of the phone are waived: password, lock, the App's version and the certificate are checked as ever.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from exam_ops.core import events
from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.models import AccessToken, SiteUnit, User
from exam_ops.core.schedule import hold
from exam_ops.rules.text import Text
from exam_ops.rules.versions import PLATFORM_NAMES
from verification.models import DeviceAdmission, LoginTry
from verification.selectors.admissions import concerns
from verification.selectors.phones import phone_of
from verification.selectors.releases import judge
from verification.services.release_refusals import reason_missing


class UnitIsOver(Refusal):
    code, status = "unit_is_over", 409
    title = Text("该单元已结束", "The unit is over")
    sentence = Text(
        "{unit} 已经结束，不能再放行手机。请选择还没结束的单元。",
        "{unit} is over; no phone is let in for it any more. Choose one that has not ended.",
    )


class NotOfThisUnit(Refusal):
    code, status = "not_of_this_unit", 409
    title = Text("不是该单元的人员", "Not of this unit")
    sentence = Text(
        "{name} 不是 {site} 的监考或考点人员。请先核对姓名，需要换监考的先办监考变更。",
        "{name} neither proctors nor works at {site}. Check the name; a replacement comes first where one is needed.",
    )


class UnknownPhone(Invalid):
    def __init__(self) -> None:
        said = Text(
            "这部手机还没有用该账号登录过。请本人先登录一次，再按记录放行。",
            "This phone has not tried to sign in to the account yet. Have them try once, then admit it from the record.",
        )
        super().__init__(errors=[FieldError("device", "unknown_phone", said)])


class NothingToWaive(Refusal):
    code, status = "nothing_to_waive", 409
    title = Text("不需要放行", "Nothing to waive")
    sentence = Text(
        "这部手机符合要求，问题不在机型。请看最近一次登录的结果。",
        "This phone meets the requirements; something else keeps it out. See how the last sign-in ended.",
    )


class OutOfSupportsHands(Refusal):
    code, status = "not_waivable", 409
    title = Text("不能放行", "Can't be waived")
    sentence = Text(
        "放行只免除机型要求：{why}请先解决，或换用另一部手机。",
        "Only the rules of the phone can be waived: {why} Solve that first, or use another phone.",
    )


class AlreadyAdmitted(Refusal):
    code, status = "already_admitted", 409
    title = Text("已经放行", "Already admitted")
    sentence = Text(
        "这部手机在该单元已由 {by} 放行。请让本人重新登录。",
        "{by} has admitted this phone for the unit already. Have them sign in again.",
    )


class AlreadyRevoked(Refusal):
    code, status = "already_revoked", 409
    title = Text("放行已取消", "Already revoked")
    sentence = Text("该放行已由 {by} 取消。请刷新页面。", "{by} has revoked this already. Reload the page.")


@transaction.atomic
def admit(
    user: User, device_id: str, site_unit: SiteUnit, *, reason: str, actor: User, now: datetime
) -> DeviceAdmission:
    """Lets `user` sign in with the phone until the end of `site_unit`, wherever that is moved.

    Raises `Invalid` without a reason, `UnknownPhone`, `OutOfSupportsHands`, `NothingToWaive`, `UnitIsOver`,
    `NotOfThisUnit`, `AlreadyAdmitted`.
    """
    if not reason.strip():
        raise reason_missing("reason")
    tried = LoginTry.objects.filter(user=user, device_id=device_id).first()
    if tried is None:
        raise UnknownPhone()
    problems = _waivable(tried, now)
    hold([site_unit.pk])
    site_unit = SiteUnit.objects.select_related("unit__plan", "site").get(pk=site_unit.pk)
    if site_unit.ends_at <= now:
        raise UnitIsOver(unit=str(site_unit.unit))
    if not SiteUnit.objects.filter(concerns(user), pk=site_unit.pk).exists():
        raise NotOfThisUnit(name=user.name, site=site_unit.site.name)
    admission, is_new = DeviceAdmission.objects.get_or_create(
        user=user,
        device_id=device_id,
        site_unit=site_unit,
        revoked_at=None,
        defaults={
            "phone": described(tried),
            "problems": problems,
            "reason": reason.strip(),
            "admitted_by": actor,
            "admitted_at": now,
        },
    )
    if not is_new and admission.admitted_by_id != actor.pk:
        raise AlreadyAdmitted(by=admission.admitted_by.name)
    if is_new:
        _record(
            "device.admitted", admission, actor=actor, now=now, reason=admission.reason, problems=problems
        )
    return admission


@transaction.atomic
def revoke(admission: DeviceAdmission, *, actor: User, now: datetime) -> DeviceAdmission:
    """Takes it back; the phone is signed out everywhere at once. Raises `AlreadyRevoked`."""
    rows = DeviceAdmission.objects.filter(pk=admission.pk, revoked_at=None)
    if not rows.update(revoked_at=now, revoked_by=actor):
        gone = DeviceAdmission.objects.select_related("revoked_by").get(pk=admission.pk)
        raise AlreadyRevoked(by=gone.revoked_by.name if gone.revoked_by else "")
    AccessToken.objects.filter(user=admission.user_id, device__device_id=admission.device_id).delete()
    _record("device.revoked", admission, actor=actor, now=now)
    return admission


def admitted_until(user: User, device_id: str, *, now: datetime) -> datetime | None:
    """The end of the last unit for which the phone is let in (real), None when it is not."""
    until: datetime | None = _standing(user, device_id, now).aggregate(until=Max("site_unit__ends_at"))[
        "until"
    ]
    return until


def hold_standing(user: User, device_id: str, *, now: datetime) -> bool:
    """Whether the phone is still let in; whoever revokes it waits for the caller's transaction, and ends its token."""
    rows = _standing(user, device_id, now).select_for_update(of=("self",), no_key=True)
    return bool(list(rows.values_list("pk", flat=True)))


def _standing(user: User, device_id: str, now: datetime) -> QuerySet[DeviceAdmission]:
    return DeviceAdmission.objects.filter(
        user=user, device_id=device_id, revoked_at=None, site_unit__ends_at__gt=now
    )


def described(tried: LoginTry) -> str:
    """`Android 7.1 · Example A1 · 3000 MB`, as far as it was told."""
    system = f"{PLATFORM_NAMES.get(tried.platform, tried.platform)} {tried.os_version}".strip()
    memory = f"{tried.memory_mb} MB" if tried.memory_mb is not None else ""
    return " · ".join(part for part in (system, tried.model, memory) if part)


def _waivable(tried: LoginTry, now: datetime) -> list[str]:
    """Codes of the rules of the phone that it fails."""
    verdict = judge(phone_of(tried), now=now)
    if verdict.beyond_support:
        why = [problem.detail for problem in verdict.beyond_support]
        raise OutOfSupportsHands(why=Text("".join(t.zh for t in why), " ".join(t.en for t in why)))
    if not verdict.of_the_phone:
        raise NothingToWaive()
    return [problem.code for problem in verdict.of_the_phone]


def _record(kind: str, admission: DeviceAdmission, *, actor: User, now: datetime, **data: object) -> None:
    site_unit = SiteUnit.objects.select_related("unit__plan").get(pk=admission.site_unit_id)
    events.record(
        kind,
        now=now,
        actor=actor,
        site_unit=site_unit,
        subject=admission.user.username,
        device=admission.device_id,
        phone=admission.phone,
        **data,
    )
