"""The gate of the exam client: who a ticket is, and whether this machine may come in now.

Checks stand in the order of the contract: ticket, address, client, time, entry. Nothing is told of a ticket
before its holder's ID number is known to be right.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from django.db import transaction
from django.db.models import F

from client_support.models import RefusedLogin
from client_support.selectors import addresses, locks, releases
from exam_ops.core.errors import NotOpen, Refusal, TooMany
from exam_ops.core.models import RoomSession, Sitting
from exam_ops.rules.addresses import matches, read_address
from exam_ops.rules.entry import Entry
from exam_ops.rules.text import Text
from exam_ops.rules.versions import client_fits

REPEAT_WITHIN = timedelta(seconds=30)  # the same refusal again so soon is not written again


class UnknownTicket(Refusal):
    code, status = locks.WRONG, 404
    title = Text("准考证号或证件号码不符", "Unknown ticket")
    sentence = Text(
        "准考证号与证件号码后四位不符。请核对后重新输入；仍不符请联系监考教师。",
        "The ticket number and the last four of the ID number do not match. Check both; if it persists tell the proctor.",
    )


class OutsideSite(Refusal):
    code, status = "outside_site_ip", 403
    title = Text("请在考场范围内进行考试", "Sit the exam inside the exam site")
    sentence = Text(
        "请在考场范围内进行考试。本机公网地址 {seen_ip} 未登记，请联系考点管理员在“考点信息管理-登记公网IP”登记。",
        "Sit the exam inside the exam site. This machine's address {seen_ip} is not registered for the site: "
        "ask the site administrator to register it under 登记公网IP.",
    )


class ClientOutdated(Refusal):
    code, status = "client_outdated", 403
    title = Text("考试客户端版本不符", "Exam client out of date")
    sentence = Text(
        "考试客户端版本不可用。请安装 {required_version} 后重新登录。",
        "This exam client can't be used. Install {required_version} and log in again.",
    )


class LoginNotOpen(NotOpen):
    status = 403
    sentence = Text(
        "现在不能登录。开考前 30 分钟起可登录，本单元结束后关闭；请按准考证上的时间登录。",
        "Logins open 30 minutes before the start and close when the unit ends. See your ticket for the time.",
    )


class EntryRejected(Refusal):
    code, status = "entry_rejected", 403
    title = Text("入场审批未通过", "Entry was rejected")
    sentence = Text(
        "该考生的入场审批未通过，不能登录。如情况有变，请监考教师在停止入场前重新提交审批。",
        "Entry was rejected for this candidate. If the facts changed, the proctor may ask once more before entry closes.",
    )


class EntryExpired(Refusal):
    code, status = "entry_expired", 403
    title = Text("入场已截止", "Entry is over")
    sentence = Text(
        "停止入场时该考生未获准入场，不能登录。请联系主考。",
        "The candidate was not admitted before entry closed. Ask the chief examiner.",
    )


@dataclass(frozen=True, slots=True)
class Knock:
    """What a machine says at the gate, and the address the server sees."""

    ticket_no: str
    id_no_last4: str
    machine_id: str
    client_version: str
    os: str
    seen_ip: str


WITH_PLACE = ("candidate", "paper", "room_session__room", "site_unit__site", "site_unit__unit__plan")


def find(knock: Knock, *, now: datetime) -> Sitting:
    """The sitting that the ticket is for at `now`; raises `UnknownTicket`, `TooMany`."""
    if locks.is_locked(knock.ticket_no, knock.machine_id, now=now):
        raise TooMany(retry_after=int(locks.WITHIN.total_seconds()))
    held = Sitting.objects.filter(ticket_no=knock.ticket_no).select_related(*WITH_PLACE)
    own = [sitting for sitting in held if _is_holder(sitting, knock.id_no_last4)]
    if not own:
        raise UnknownTicket()
    return _nearest(own, now)


def _is_holder(sitting: Sitting, last4: str) -> bool:
    known = sitting.candidate.id_no[-4:].upper()
    return len(known) == 4 and compare_digest(known.encode(), last4.upper().encode())


def _nearest(own: Iterable[Sitting], now: datetime) -> Sitting:
    """The one whose unit is open; else the next; else the last. A real exam goes before a drill."""

    def rank(sitting: Sitting) -> tuple[int, float, bool, int]:
        unit = sitting.site_unit
        is_drill = unit.unit.plan.is_drill
        if now >= unit.ends_at:
            return 2, (now - unit.ends_at).total_seconds(), is_drill, sitting.pk
        if now >= unit.entry_opens_at:
            return 0, float(is_drill), is_drill, sitting.pk
        return 1, (unit.entry_opens_at - now).total_seconds(), is_drill, sitting.pk

    return min(own, key=rank)


def check(knock: Knock, sitting: Sitting, *, now: datetime) -> None:
    """Lets the machine pass or raises the first refusal, in the order of the contract."""
    check_address(knock.seen_ip, sitting, now=now)
    table = releases.in_force()
    if not client_fits(knock.client_version, table.required, table.released):
        raise ClientOutdated(required_version=str(table.required))
    unit = sitting.site_unit
    if not unit.entry_opens_at <= now < unit.ends_at:
        raise LoginNotOpen()
    check_entry(sitting, now=now)


def check_address(seen_ip: str, sitting: Sitting, *, now: datetime) -> None:
    """Raises `OutsideSite` unless the address is registered for the candidate's own site."""
    unit = sitting.site_unit
    if not matches(addresses.networks(unit.site_id, unit.unit.plan, now=now), seen_ip):
        raise OutsideSite(seen_ip=seen_ip)


def check_entry(sitting: Sitting, *, now: datetime) -> None:
    """Raises `EntryRejected` or `EntryExpired`; a request undecided at close of entry is over though not yet swept."""
    if sitting.entry_status == Entry.REJECTED:
        raise EntryRejected()
    overdue = sitting.entry_status == Entry.PENDING and now >= sitting.site_unit.entry_closes_at
    if overdue or sitting.entry_status == Entry.ABSENT:
        raise EntryExpired()


def record(refusal: Refusal, knock: Knock, sitting: Sitting | None, *, now: datetime) -> None:
    """Keeps a refused login, and counts the candidate as blocked unless it was only too early or too late (A3)."""
    with transaction.atomic():
        if sitting is None or not _is_repeat(refusal, knock, sitting, now):
            RefusedLogin.objects.create(
                sitting=sitting,
                site=sitting.site_unit.site if sitting else None,
                ticket_no=knock.ticket_no,
                machine_id=knock.machine_id,
                client_version=knock.client_version,
                seen_ip=str(read_address(knock.seen_ip) or "") or None,
                code=refusal.code,
                at=now,
            )
        if sitting is not None and refusal.code != LoginNotOpen.code:
            mark_refused(sitting, True)


def _is_repeat(refusal: Refusal, knock: Knock, sitting: Sitting, now: datetime) -> bool:
    address = read_address(knock.seen_ip)
    return RefusedLogin.objects.filter(
        sitting=sitting,
        ticket_no=knock.ticket_no,
        machine_id=knock.machine_id,
        code=refusal.code,
        seen_ip=str(address) if address else None,
        at__gt=now - REPEAT_WITHIN,
    ).exists()


def mark_refused(sitting: Sitting, refused: bool) -> None:
    """Sets or clears that the candidate's last login was refused, with the room's counter."""
    changed = Sitting.objects.filter(pk=sitting.pk, client_refused=not refused).update(client_refused=refused)
    sitting.client_refused = refused
    if changed and sitting.room_session_id:
        RoomSession.objects.filter(pk=sitting.room_session_id).update(
            refused_logins=F("refused_logins") + (1 if refused else -1), revision=F("revision") + 1
        )
