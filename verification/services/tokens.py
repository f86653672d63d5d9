"""Sign-in of people on phones (B1–B3): checked in the contract's order, a token per device."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest
from knox.crypto import create_token_string, hash_token
from knox.settings import CONSTANTS

from exam_ops.core import codes, events
from exam_ops.core.access import Actor, actor_for, visible
from exam_ops.core.errors import Refusal
from exam_ops.core.models import AccessToken, Device, ProctorProfile, SiteUnit, User
from exam_ops.rules.equipment import Problem
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from verification.selectors.phones import PASSED
from verification.selectors.releases import Phone, judge
from verification.services import admissions, app_logins, login_tries

LIFE = timedelta(hours=14)
PAST_THE_UNIT = timedelta(hours=2)  # an extended unit must not outlive its tokens
COOL_OFF_S = 15 * 60
_SEEN_BY_THE_LOCK = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT")


class BadCredentials(Refusal):
    code, status = "bad_credentials", 401
    title = Text("登录失败", "Sign-in failed")
    sentence = Text(
        "用户名或密码不正确。请核对后重试；忘记密码请联系考点管理员。",
        "User name or password is wrong. Check them; ask the site administrator for a new password.",
    )


class Locked(Refusal):
    code, status = "locked", 423
    title = Text("账号已锁定", "Account locked")
    sentence = Text(
        "该账号在此设备上多次登录失败，已锁定。请联系考点管理员或技术支持解锁，或在 15 分钟后重试。",
        "This account is locked on this device after too many failures. "
        "Ask the site administrator or technical support to unlock it, or try again in 15 minutes.",
    )


class AppUpdateRequired(Refusal):
    code, status = "app_update_required", 426
    title = Text("须更新 App", "Update required")
    sentence = Text(
        "身份核验 App 版本过低，须 {minimum_version} 及以上。请从下载地址更新后重新登录。",
        "The identity-check App is too old; {minimum_version} or later is needed. Update it from the link and sign in again.",
    )


class DeviceUnsupported(Refusal):
    code, status = "device_unsupported", 403
    title = Text("手机不符合要求", "Phone not supported")
    sentence = Text(
        "这部手机不符合要求：{why}考点没有其他手机时，请联系技术支持，可为本单元放行。",
        "This phone does not meet the requirements: {why} "
        "If the site has no other, ask technical support to let it in for the unit.",
    )

    def __init__(self, problems: list[Problem]) -> None:
        why = Text("".join(p.detail.zh for p in problems), " ".join(p.detail.en for p in problems))
        told = [{"code": p.code, "detail": p.detail} for p in problems]
        super().__init__(detail=self.sentence.format(why=why), problems=told)


class ProctorNotCertified(Refusal):
    code, status = "proctor_not_certified", 403
    title = Text("监考教师未实名认证", "Proctor not certified")
    sentence = Text(
        "您尚未通过实名认证，不能监考。请联系考点管理员在考务管理中完成认证。",
        "You are not certified and may not proctor. Ask the site administrator to complete your certification.",
    )


_REFUSALS = (BadCredentials, Locked, AppUpdateRequired, DeviceUnsupported, ProctorNotCertified)
OUTCOMES: dict[str, Text] = {PASSED: Text("登录成功", "Signed in")} | {r.code: r.title for r in _REFUSALS}
"""How a try to sign in from a phone ended, in words."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh token; its text is told once and stored hashed."""

    token: str
    expires_at: datetime
    actor: Actor


def login(
    *,
    username: str,
    password: str,
    phone: Phone | None,
    device_id: str = "",
    request: HttpRequest,
    now: datetime,
) -> Issued:
    """A token for an account, bound to its phone if it comes from one; a phone that support let in has it until
    its unit is over and the usual time past that.

    Raises `BadCredentials`, `Locked`, `AppUpdateRequired`, `DeviceUnsupported`, `ProctorNotCertified`,
    in this order.
    """
    try:
        user = _check_password(username, password, device_id, request)
        actor = actor_for(user, now=now)
        admitted = _check_phone(user, phone, device_id, now) if phone is not None else None
        _check_certificate(actor)
    except Refusal as refusal:
        if phone is not None:
            app_logins.failed(username, device_id, now=now)
            login_tries.failed(username, phone, device_id, refusal.code, now=now)
        raise
    return _issue(actor, phone, device_id, admitted, now=now)


@transaction.atomic
def _issue(
    actor: Actor, phone: Phone | None, device_id: str, admitted: datetime | None, *, now: datetime
) -> Issued:
    """Writes the token with what it follows from: the code used up, the phone seen, the roster's mark lifted."""
    user = actor.user
    if not codes.use(user, now=now):
        raise BadCredentials()
    device = None
    if phone is not None:
        if admitted and not admissions.hold_standing(user, device_id, now=now):
            raise DeviceUnsupported(judge(phone, now=now).beyond_an_update)
        app_logins.passed(user)
        login_tries.record(user, phone, device_id, PASSED, now=now)
        device = _seen(user, phone, device_id, now)
    AccessToken.objects.filter(user=user, expiry__lte=now).delete()
    text = create_token_string()
    token = AccessToken(
        digest=hash_token(text),
        token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH],
        user=user,
        device=device,
        expiry=admitted + PAST_THE_UNIT if admitted else expiry_for(actor, now=now),
    )
    token.save(force_insert=True)
    events.record("token.issued", now=now, actor=user, device=device_id)
    return Issued(text, token.expiry, actor)


def revoke(token: AccessToken, *, actor: User, now: datetime) -> None:
    """Ends one token, everywhere at once."""
    with transaction.atomic():
        token.delete()
        events.record("token.revoked", now=now, actor=actor)


def expiry_for(actor: Actor, *, now: datetime) -> datetime:
    """At least 14 hours, and past the end of the day's last unit in the actor's scope."""
    tomorrow = (now.astimezone(BEIJING) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    todays = visible(actor, SiteUnit).filter(starts_at__lt=tomorrow, starts_at__gte=now - timedelta(days=1))
    last = todays.aggregate(at=Max("ends_at"))["at"]
    return max(now + LIFE, last + PAST_THE_UNIT) if last else now + LIFE


def _check_password(username: str, password: str, device_id: str, request: HttpRequest) -> User:
    """The account behind the password. A locked one is not told whether the password was right."""
    attempt = _attempt(request, device_id)
    user: Any = authenticate(request=attempt, username=username, password=password)
    if getattr(attempt, "axes_locked_out", False):
        raise Locked(retry_after=COOL_OFF_S)
    if user is None:
        raise BadCredentials()
    AccessAttempt.objects.filter(username=username, user_agent=attempt.axes_user_agent).delete()
    return user


def _attempt(request: HttpRequest, device_id: str) -> Any:
    """The request as the lock sees it: account and device count, never the address alone."""
    attempt: Any = HttpRequest()
    attempt.method, attempt.path, attempt.path_info = "POST", request.path, request.path_info
    attempt.META = {k: request.META[k] for k in _SEEN_BY_THE_LOCK if k in request.META}
    if device_id:
        attempt.META["HTTP_USER_AGENT"] = f"device:{device_id}"
    return attempt


def _check_phone(user: User, phone: Phone, device_id: str, now: datetime) -> datetime | None:
    """The version, then the phone. One that support let in passes in spite of its own problems (B3).

    Returns the end of the unit for which it was let in, None for a phone that needs no such help.
    """
    verdict = judge(phone, now=now)
    if verdict.app == "app_too_old" and verdict.release is not None:
        raise AppUpdateRequired(
            minimum_version=verdict.release.minimum_version, download_url=verdict.release.download_url
        )
    if not verdict.beyond_an_update:
        return None
    until = None if verdict.beyond_support else admissions.admitted_until(user, device_id, now=now)
    if until is None:
        raise DeviceUnsupported(verdict.beyond_an_update)
    return until


def _check_certificate(actor: Actor) -> None:
    """Whoever comes as a proctor and as nothing else must be certified (B2)."""
    if set(actor.roles) != {Role.PROCTOR.value}:
        return
    certified = ProctorProfile.objects.filter(user=actor.user, status=ProctorProfile.Status.CERTIFIED)
    if not certified.exists():
        raise ProctorNotCertified()


def _seen(user: User, phone: Phone, device_id: str, now: datetime) -> Device:
    device, _ = Device.objects.update_or_create(
        user=user,
        device_id=device_id,
        defaults={
            "platform": phone.platform,
            "app_version": phone.app_version or "",
            "os_version": phone.os_version or "",
            "model": phone.model or "",
            "memory_mb": phone.memory_mb,
            "form_factor": phone.form_factor or "",
            "seen_at": now,
        },
    )
    return device
