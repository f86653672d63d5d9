"""Sessions of machines: opened at the gate, told by their token, held for a write."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from client_support.models import ClientLogin, ClientSession
from client_support.services.gate import WITH_PLACE
from exam_ops.core import entry, events, policies, schedule
from exam_ops.core.errors import Refusal
from exam_ops.core.models import RoomSession, Sitting
from exam_ops.rules.text import Text

TOKEN_SHOWN_FOR = timedelta(minutes=10)


class WindowClosed(Refusal):
    code, status = "window_closed", 409
    title = Text("上传已截止", "The window is closed")
    sentence = Text(
        "本单元结束已超过 24 小时，不再接收答案。请联系技术支持。",
        "More than 24 hours have passed since the unit ended; answers are no longer taken. Tell technical support.",
    )


class Superseded(Refusal):
    code, status = "superseded", 409
    title = Text("已在另一台机器登录", "Another machine took over")
    sentence = Text(
        "该考生已在另一台机器上登录，本机的作答已保留。请在新机器上继续。",
        "The candidate has logged in on another machine; what this one holds was kept. Go on there.",
    )


def locked_sitting(pk: int, site_unit_id: int) -> Sitting:
    """The sitting, for a guarded write: a jump or a decision about its time waits, other writers of it too."""
    schedule.hold([site_unit_id])
    if connection.vendor == "postgresql":
        Sitting.objects.select_for_update(no_key=True).get(pk=pk)
    return Sitting.objects.select_related(*WITH_PLACE).get(pk=pk)


def held(session: ClientSession) -> ClientSession:
    """The session as it stands now, locked by its sitting. Call inside a transaction."""
    sitting = locked_sitting(session.sitting_id, session.sitting.site_unit_id)
    fresh = ClientSession.objects.get(pk=session.pk)
    fresh.sitting = sitting
    return fresh


def check_window(sitting: Sitting, *, now: datetime) -> None:
    """Raises `WindowClosed` from 24 hours after the unit's end on, also where the exam was stopped before."""
    plan = sitting.site_unit.unit.plan
    if plan.plan_time(now) >= sitting.site_unit.end + policies.of(plan).offline_open_after:
        raise WindowClosed()


def open_for(login: ClientLogin, sitting: Sitting, *, now: datetime) -> ClientSession:
    """Opens the session of an admitted login; whatever machine was at the paper before is superseded (D5)."""
    before = ClientSession.objects.filter(sitting=sitting, superseded_at=None).first()
    if before is not None:
        ClientSession.objects.filter(pk=before.pk).update(superseded_at=now)
    id = uuid.uuid4()
    session = ClientSession.objects.create(
        id=id,
        sitting=sitting,
        login=login,
        machine_id=login.machine_id,
        token_hash=_digest(_token(id, settings.SECRET_KEY)),
        export_key=secrets.token_hex(32),
        skew_ms=login.skew_ms,
        opened_at=now,
        last_seen_at=now,
    )
    Sitting.objects.filter(pk=sitting.pk, has_client_session=False).update(has_client_session=True)
    events.record_of(
        sitting,
        "client.admitted",
        now=now,
        actor=None,
        machine=login.machine_id,
        before=before.machine_id if before else "",
        nth=login.nth,
    )
    return session


def token_of(session: ClientSession, *, now: datetime) -> str | None:
    """The session's token, as long as it was never used and the session is at most 10 minutes old."""
    if session.token_used_at or session.superseded_at or now >= session.opened_at + TOKEN_SHOWN_FOR:
        return None
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if _digest(token := _token(session.id, key)) == session.token_hash:
            return token
    return None


def of_token(token: str, *, now: datetime) -> ClientSession | None:
    """The session that a machine speaks for; its first use ends the showing of the token."""
    session = (
        ClientSession.objects.filter(token_hash=_digest(token))
        .select_related(*(f"sitting__{name}" for name in WITH_PLACE))
        .first()
    )
    if session is not None and session.token_used_at is None:
        ClientSession.objects.filter(pk=session.pk, token_used_at=None).update(token_used_at=now)
    return session


def touch(sitting: Sitting) -> None:
    """The boards of the sitting's room are drawn anew; without a room, all of the site unit's."""
    if sitting.room_session_id:
        entry.touch([sitting.room_session_id])
    else:
        entry.touch(RoomSession.objects.filter(site_unit=sitting.site_unit_id).values_list("pk", flat=True))


def _token(id: UUID, key: str) -> str:
    """Made from the id and the secret key, so that it can be shown again without being stored."""
    return salted_hmac("client_support.session", str(id), secret=key, algorithm="sha256").hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
