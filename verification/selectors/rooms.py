"""What a phone asks about rooms: own duties, the roster, checks that were made and have not arrived."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db.models import F, QuerySet

from exam_ops.core.access import Actor
from exam_ops.core.errors import OutOfScope, Sought
from exam_ops.core.models import RoomSession, RosterRow, Sitting
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from verification.models import PhoneTally
from verification.selectors.entry import with_effective_status

KEPT_AFTER_THE_END = timedelta(hours=24)
MOST_MISSING = 1000  # numbers listed per phone; a phone that claims more is not believed further

TIPS = (
    Text(
        "请用立式手机支架固定手机，用前置摄像头核验。",
        "Fix the phone on a stand and check with the front camera.",
    ),
    Text(
        "考生背靠有明显标识的黑板、墙壁或门，避开白墙、蓝墙等单色背景。",
        "Let candidates stand before a marked board, wall or door, not before a plain white or blue wall.",
    ),
    Text("避免强光、弱光，光照正常时核验。", "Check in normal light, neither glaring nor dim."),
    Text(
        "镜头前只留一名考生，系统抓拍约需 3 秒，请勿晃动手机。",
        "One candidate before the camera; the picture takes 3 seconds: hold still.",
    ),
    Text(
        "提醒考生提早到场，开考前 30 分钟开始核验，避免临考聚集。",
        "Ask candidates to come early: checks begin 30 minutes before the start.",
    ),
)
"""Clause 二(一)1, 4 and 5 (B4)."""


def duties_of(
    actor: Actor, *, now: datetime, on: date | None = None, plan: str = "", unit: str = "", room: str = ""
) -> QuerySet[RoomSession]:
    """The actor's own room sessions, in order of time; those over for a day are left out unless `on` asks.

    Raises `OutOfScope` naming the first of plan, unit and room (by code) that is not theirs (C11).
    """
    rows = RosterRow.objects.filter(proctor=actor.user)
    steps = (
        ("plan", "room_session__site_unit__unit__plan__code", plan),
        ("unit", "room_session__site_unit__unit__code", unit),
        ("room", "room_session__room__room_no", room),
    )
    for what, lookup, value in steps:
        if value:
            rows = rows.filter(**{lookup: value})
            if not rows.exists():
                raise OutOfScope(what, Sought(plan=plan, unit=unit, room=room))
    sessions = RoomSession.objects.filter(pk__in=rows.values("room_session"))
    if on is not None:
        midnight = datetime(on.year, on.month, on.day, tzinfo=BEIJING)
        sessions = sessions.filter(
            site_unit__start__gte=midnight, site_unit__start__lt=midnight + timedelta(days=1)
        )
    else:
        sessions = sessions.filter(site_unit__ends_at__gt=now - KEPT_AFTER_THE_END)
    return sessions.select_related("site_unit__unit__plan", "site_unit__site", "room").annotate(
        start=F("site_unit__start")
    )


def roster_of(session: RoomSession, *, now: datetime) -> QuerySet[Sitting]:
    """The candidates of a room session by seat, each with its `effective` entry status."""
    rows = Sitting.objects.filter(room_session=session).select_related("candidate")
    return with_effective_status(rows, now=now)


@dataclass(frozen=True, slots=True)
class Missing:
    """Checks that a phone made and the server has not seen: "captured but not yet arrived"."""

    device_id: str
    missing_seqs: list[int]


def missing_from_phones(session: RoomSession) -> list[Missing]:
    """Gaps in the sequence numbers of each phone, leading ones and the tail up to `last_seq` included."""
    rows = PhoneTally.objects.filter(room_session=session, missing__gt=0).order_by("device_id")
    return [
        Missing(row.device_id, list(islice(row.seen.lacking(row.last_seq), MOST_MISSING))) for row in rows
    ]
