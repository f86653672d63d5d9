"""Offline papers brought by the learning centre's exam officer: whole or not at all, and as often as one likes (D6)."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q

from client_support.models import ClientSession, OfflinePackage
from client_support.services import answers, packages, sessions
from client_support.services.packages import Package
from exam_ops.core import access, events
from exam_ops.core.access import Actor
from exam_ops.core.errors import Refusal, TooLarge
from exam_ops.core.models import Sitting
from exam_ops.rules.answers import package_name
from exam_ops.rules.text import Text

ACTION = "offline.upload"
LIMIT_MB = 10


class PackageTooLarge(TooLarge):
    sentence = Text(
        "文件超过 {limit_mb} MB，不是离线试卷。请在考试客户端重新导出。",
        "The file is larger than {limit_mb} MB and no offline paper. Export it again in the exam client.",
    )


class NameChanged(Refusal):
    code, status = "name_changed", 422
    title = Text("文件名称被更改", "The file was renamed")
    sentence = Text(
        "文件名称与内容不符。请将文件名改回 {expected_name} 后重新上传。",
        "The name does not fit the content. Name the file {expected_name} again and upload it.",
    )


class ContentChanged(Refusal):
    code, status = "content_changed", 422
    title = Text("文件内容被更改", "The content was changed")
    sentence = Text(
        "文件内容与签名不符，不能上传。请在原机器上重新导出。",
        "The content does not fit its signature. Export it again on the machine it came from.",
    )


class UnknownSession(Refusal):
    code, status = "unknown_session", 422
    title = Text("找不到对应的考试", "No such exam session")
    sentence = Text(
        "您的范围内没有考生 {ticket_no} 在机器 {machine_id} 上的考试记录。请核对是否为本学习中心的考生。",
        "No session of ticket {ticket_no} on machine {machine_id} is in your scope. Check that the candidate is your centre's.",
    )


def take(file: UploadedFile, *, actor: Actor, now: datetime) -> tuple[dict[str, Any], bool]:
    """Merges a package into its sitting's paper; returns the counts and whether it was taken now.

    The same file under the same name again gives the same answer, after the window too. Raises `PackageTooLarge`,
    `Unreadable`, `UnknownSession`, `ContentChanged`, `NameChanged`, `WindowClosed`.
    """
    if (file.size or 0) > LIMIT_MB * 1024 * 1024:
        raise PackageTooLarge(limit_mb=LIMIT_MB)
    package = packages.read(file)
    session = _signed_session(package, actor)
    expected = package_name(
        package.plan, package.unit, package.ticket_no, package.machine_id, package.exported_at, package.raw
    )
    if file.name != expected:
        raise NameChanged(expected_name=expected)
    digest = hashlib.sha256(package.raw + session.pk.bytes).hexdigest()
    with transaction.atomic():
        session = sessions.held(session)
        known = OfflinePackage.objects.filter(sha256=digest).first()
        if known is not None:
            return known.answer, False
        sessions.check_window(session.sitting, now=now)
        return _merge(package, session, expected, digest, actor, now), True


def _signed_session(package: Package, actor: Actor) -> ClientSession:
    """The session of that machine whose key signed the package, within the actor's scope."""
    own_centres = [grant.centre_id for grant in actor.holding(ACTION)]
    sittings = access.visible(actor, Sitting, ACTION).filter(
        Q(candidate__centre=None) | Q(candidate__centre__in=own_centres),
        ticket_no=package.ticket_no,
        site_unit__unit__code=package.unit,
        site_unit__unit__plan__code=package.plan,
    )
    found = list(
        ClientSession.objects.filter(sitting__in=sittings, machine_id=package.machine_id).select_related(
            "sitting__site_unit"
        )
    )
    if not found:
        raise UnknownSession(ticket_no=package.ticket_no, machine_id=package.machine_id)
    for session in found:
        if _is_signed(package, session.export_key):
            return session
    raise ContentChanged()


def _is_signed(package: Package, key: str) -> bool:
    """Whether the signature is of these bytes; the key is taken as the client was given it: its hex text, or its bytes."""
    given = package.signature.lower().encode("ascii", "replace")
    made = [hmac.new(k, package.raw, hashlib.sha256).hexdigest() for k in (key.encode(), bytes.fromhex(key))]
    return any(hmac.compare_digest(given, each.encode()) for each in made)


def _merge(
    package: Package, session: ClientSession, name: str, digest: str, actor: Actor, now: datetime
) -> dict[str, Any]:
    known_skew = None if session.skew_ms is None else timedelta(milliseconds=session.skew_ms)
    given = answers.corrected(package.answers, answers.steady(session.skew_ms, known_skew))
    merged = answers.merge_into(session.sitting, given, session.machine_id)
    counts = {n: getattr(merged, n) for n in ("added", "updated", "unchanged", "blank_ignored")}
    OfflinePackage.objects.create(
        session=session,
        sha256=digest,
        name=name,
        exported_at=package.exported_at,
        answers=answers.as_text([[a.question, a.value, a.answered_at.isoformat()] for a in package.answers]),
        answer=counts,
        uploaded_by=actor.user,
        uploaded_at=now,
    )
    sitting = session.sitting
    events.record_of(sitting, "paper.merged", now=now, actor=actor.user, package=name, **counts)
    sessions.touch(sitting)
    return counts
