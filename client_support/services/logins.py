"""Logins of exam clients: through the gate, into the queue where somebody must decide, and in (D2, D9)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from client_support.models import ClientLogin, ClientSession
from client_support.services import gate, sessions
from client_support.services.gate import Knock
from exam_ops.core import events
from exam_ops.core.errors import IdReused, NotFound, Refusal
from exam_ops.core.models import Sitting
from exam_ops.rules.entry import Entry

Status = ClientLogin.Status


def log_in(
    id: UUID, knock: Knock, *, fingerprint: str, sent_at: datetime | None, now: datetime
) -> tuple[ClientLogin, bool]:
    """Takes a machine through the gate once for `id`; returns the login and whether it was made now.

    Raises the gate's refusals, which are kept but leave the id free, and `IdReused` for other content.
    """
    if (known := _known(id, fingerprint)) is not None:
        return state(known.pk, knock.seen_ip, now=now), False
    sitting: Sitting | None = None
    try:
        sitting = gate.find(knock, now=now)
        return _enter(id, knock, sitting, fingerprint=fingerprint, sent_at=sent_at, now=now), True
    except IdReused:
        raise
    except Refusal as refusal:
        gate.record(refusal, knock, sitting, now=now)
        raise
    except IntegrityError:
        if (known := _known(id, fingerprint)) is None:
            raise
        return state(known.pk, knock.seen_ip, now=now), False


def state(id: UUID, seen_ip: str, *, now: datetime) -> ClientLogin:
    """The login as it stands at `now`, moved on as far as it may get. Raises `NotFound`, `OutsideSite`."""
    found = ClientLogin.objects.filter(pk=id).select_related("sitting").first()
    if found is None:
        raise NotFound()
    with transaction.atomic():
        sitting = sessions.locked_sitting(found.sitting_id, found.sitting.site_unit_id)
        gate.check_address(seen_ip, sitting, now=now)
        login = ClientLogin.objects.get(pk=id)
        login.sitting = sitting
        if login.status in ClientLogin.OPEN:
            _move_on(login, now)
    return login


def session_of(login: ClientLogin) -> ClientSession | None:
    """The session that an admitted login opened."""
    return ClientSession.objects.filter(login=login).first()


def _known(id: UUID, fingerprint: str) -> ClientLogin | None:
    known = ClientLogin.objects.filter(pk=id).first()
    if known is not None and known.fingerprint != fingerprint:
        raise IdReused()
    return known


def _enter(
    id: UUID, knock: Knock, sitting: Sitting, *, fingerprint: str, sent_at: datetime | None, now: datetime
) -> ClientLogin:
    with transaction.atomic():
        sitting = sessions.locked_sitting(sitting.pk, sitting.site_unit_id)
        gate.check(knock, sitting, now=now)
        login = ClientLogin(
            id=id,
            sitting=sitting,
            machine_id=knock.machine_id,
            client_version=knock.client_version,
            os=knock.os,
            seen_ip=knock.seen_ip,
            fingerprint=fingerprint,
            skew_ms=_skew_ms(sitting, sent_at, now),
            nth=ClientSession.objects.filter(sitting=sitting).count() + 1,
            status=Status.WAITING_AUTHORISATION,
            created_at=now,
        )
        _inherit(login)
        login.save(force_insert=True)
        gate.mark_refused(sitting, False)
        _move_on(login, now, is_new=True)
    return login


def _skew_ms(sitting: Sitting, sent_at: datetime | None, now: datetime) -> int | None:
    if sent_at is None:
        return None
    return (sitting.site_unit.unit.plan.plan_time(now) - sent_at) // timedelta(milliseconds=1)


def _inherit(login: ClientLogin) -> None:
    """A restarted machine asks anew: its older logins end, an unused authorisation of theirs goes over."""
    older = ClientLogin.objects.filter(
        sitting=login.sitting, machine_id=login.machine_id, status__in=ClientLogin.OPEN
    )
    granted = older.filter(status=Status.AUTHORISED, authorised_until__gt=login.created_at).first()
    if granted is not None:
        for name in ("decided_by", "decided_at", "outcome", "reason", "authorised_until"):
            setattr(login, name, getattr(granted, name))
        login.status = Status.AUTHORISED
    older.update(status=Status.EXPIRED)


def _move_on(login: ClientLogin, now: datetime, *, is_new: bool = False) -> None:
    """Puts an open login where it stands at `now`; whoever gets in leaves no other login of the sitting waiting."""
    to = _place(login, now)
    if to == login.status and not is_new:
        return
    login.status = to
    if to == Status.ADMITTED:
        login.used_at = now
    login.save(update_fields=["status", "used_at"])
    if to == Status.ADMITTED:
        sessions.open_for(login, login.sitting, now=now)
        ClientLogin.objects.filter(sitting=login.sitting, status__in=ClientLogin.OPEN).update(
            status=Status.EXPIRED
        )
    elif login.is_waiting:
        _announce(login, now)
    sessions.touch(login.sitting)


def _place(login: ClientLogin, now: datetime) -> str:
    sitting = login.sitting
    if now >= sitting.site_unit.ends_at:
        return Status.EXPIRED
    try:
        gate.check_entry(sitting, now=now)
    except gate.EntryRejected:
        return Status.DENIED
    except gate.EntryExpired:
        return Status.EXPIRED
    if sitting.entry_status == Entry.PENDING:
        return Status.WAITING_ENTRY
    if not ClientSession.objects.filter(sitting=sitting).exists():
        return Status.ADMITTED
    if login.authorised_until is None:
        return Status.WAITING_AUTHORISATION
    return Status.ADMITTED if now < login.authorised_until else Status.EXPIRED


def _announce(login: ClientLogin, now: datetime) -> None:
    events.record_of(
        login.sitting,
        "client.waiting",
        now=now,
        actor=None,
        machine=login.machine_id,
        waits_for=login.status,
        nth=login.nth,
    )
