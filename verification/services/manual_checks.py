"""人工核验（考生选择）: a candidate's wish to be checked by hand instead of by face, recorded before the door opens (E9).

A choice, never a failure: no attempt is counted, no request is made by it. It only prepares the staff: the
proctor's request comes with its reason filled in. It may be withdrawn until the candidate is in.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from exam_ops.core import entry, events, schedule
from exam_ops.core.errors import Refusal
from exam_ops.core.models import Event, Sitting, User
from exam_ops.rules.entry import MAY_SIT
from exam_ops.rules.text import Text
from verification.services.entry_requests import locked_sittings

ACTION = "entry.choose_manual"


class EntryOver(Refusal):
    code, status = "not_open", 409
    title = Text("入场已截止", "Entry has closed")
    sentence = Text(
        "入场已截止，不能再登记或撤回人工核验。如有异议，请联系考点。",
        "Entry has closed: a check by hand can be neither recorded nor withdrawn. Ask the site.",
    )


class AlreadyIn(Refusal):
    code, status = "already_signed_in", 409
    title = Text("考生已可入场", "Already admitted")
    sentence = Text(
        "该考生已签到或已获批准入场，无需登记人工核验。",
        "This candidate has signed in or been approved; nothing is left to choose.",
    )


def choose(sitting: Sitting, wish: bool, *, actor: User, now: datetime) -> tuple[Sitting, bool]:
    """Records (True) or withdraws (False) the wish; returns the sitting and whether that changed anything.

    The caller has had `sitting` through the door with `ACTION`. Raises `EntryOver` from close of entry on,
    `AlreadyIn` once the candidate may sit.
    """
    changed = choose_many([sitting.pk], wish, actor=actor, now=now)
    sitting.refresh_from_db(fields=["manual_check", "entry_status"])
    return sitting, bool(changed)


@transaction.atomic
def choose_many(keys: Sequence[int], wish: bool, *, actor: User, now: datetime) -> list[Sitting]:
    """The same for many at once; all or none. Returns those whose wish changed."""
    units = Sitting.objects.filter(pk__in=keys).order_by().values_list("site_unit", flat=True)
    schedule.hold(units)
    changed = [s for s in locked_sittings(keys) if s.manual_check != wish]
    for sitting in changed:
        if now >= sitting.site_unit.entry_closes_at:
            raise EntryOver()
        if sitting.entry_status in MAY_SIT:
            raise AlreadyIn()
    Sitting.objects.filter(pk__in=[s.pk for s in changed]).update(manual_check=wish)
    entry.touch({s.room_session_id for s in changed if s.room_session_id})
    kind = "entry.manual_chosen" if wish else "entry.manual_withdrawn"
    Event.objects.bulk_create(
        events.build(
            kind, now=now, actor=actor, site_unit=s.site_unit, room_session=s.room_session, sitting=s
        )
        for s in changed
    )
    return changed
