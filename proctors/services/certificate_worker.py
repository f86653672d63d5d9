"""Asks the real-name service in the background, and takes certificates back whose time is over."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from exam_ops.core import files
from exam_ops.core.deadlines import alarms, backoff
from exam_ops.core.lending import lend
from exam_ops.core.models import ProctorProfile
from exam_ops.core.quiet import QuietThread
from exam_ops.rules.certification import OPEN
from proctors.models import RealNameAsk
from proctors.real_names import breaker
from proctors.real_names.chosen import provider
from proctors.real_names.provider import NoAnswer, Provider, Question
from proctors.services import certifying

LEASE = timedelta(minutes=2)
TOGETHER = 10
GIVE_UP_AFTER = 12  # tries, over hours: then a person alone decides
LATER = timedelta(minutes=30)  # between tries from the fifth on


def due(*, now: datetime) -> QuerySet[RealNameAsk]:
    """The questions whose turn has come, unless the service is shut off."""
    chosen = provider()
    if not chosen.is_outside:
        return RealNameAsk.objects.none()
    shut_until = breaker.trial_at(chosen.name)
    rows = RealNameAsk.objects.filter(due_at__lte=now)
    return rows.none() if shut_until is not None and now < shut_until else rows


def is_waiting(*, now: datetime) -> bool:
    """Whether a worker would find something to do."""
    ends = ProctorProfile.objects.filter(status=ProctorProfile.Status.CERTIFIED, valid_until__lte=now)
    return due(now=now).exists() or ends.exists()


def run(read_clock: Callable[[], datetime]) -> int:
    """Works until nothing waits; returns how many questions were answered."""
    while certifying.end_due(now=read_clock()):
        pass
    done = 0
    while taken := lend(
        due(now=read_clock()).order_by("due_at", "pk"), until=read_clock() + LEASE, limit=TOGETHER
    ):
        chosen = provider()
        for row in taken:
            done += _ask(row, chosen, read_clock)
    return done


def _ask(row: RealNameAsk, chosen: Provider, read_clock: Callable[[], datetime]) -> bool:
    profile = ProctorProfile.objects.select_related(*certifying.RELATED).get(pk=row.profile_id)
    if profile.revision != row.revision or not (profile.status in OPEN or profile.is_unproven):
        return _close(row, now=read_clock())  # changed, or a person was faster
    if not breaker.lets_through(chosen.name, now=read_clock()):
        return _give_back(row, read_clock())
    try:
        question = _question(row, profile)
    except FileNotFoundError as why:
        return _put_off(row, why, now=read_clock())
    try:
        answer = chosen.ask(question)
    except NoAnswer as why:
        breaker.failed(chosen.name, now=read_clock())
        return _put_off(row, why, now=read_clock())
    breaker.answered(chosen.name)
    certifying.answered(profile, row.revision, answer.findings, answer.words, now=read_clock())
    return _close(row, now=read_clock()) or True


def _question(row: RealNameAsk, profile: ProctorProfile) -> Question:
    """Raises FileNotFoundError when the photo's file is gone."""
    with files.open(profile.photo) as photo:
        picture = photo.read()
    return Question(f"proctor-{profile.pk}-{row.revision}", profile.id_no, profile.user.name, picture)


def _close(row: RealNameAsk, *, now: datetime) -> bool:
    RealNameAsk.objects.filter(pk=row.pk).update(due_at=None, done_at=now, error="")
    return False


def _give_back(row: RealNameAsk, now: datetime) -> bool:
    """The service is shut off meanwhile: no try was made."""
    until = breaker.trial_at(provider().name) or now
    RealNameAsk.objects.filter(pk=row.pk, due_at=row.due_at).update(due_at=until, attempts=row.attempts - 1)
    return False


def _put_off(row: RealNameAsk, why: Exception, *, now: datetime) -> bool:
    """Tried again with growing patience; a person may decide at any time."""
    backoff.note(f"real-name check of proctor {row.profile_id}", row.attempts, why)
    wait = backoff.wait(row.attempts) if row.attempts < len(backoff.RETRY_AFTER) else LATER
    again = None if row.attempts >= GIVE_UP_AFTER else now + wait
    RealNameAsk.objects.filter(pk=row.pk, due_at=row.due_at).update(due_at=again, error=backoff.told(why))
    return False


worker = QuietThread("certificates", is_waiting, run)
alarms.also(
    alarms.Kind(
        "real_name",
        lambda: RealNameAsk.objects.filter(due_at__isnull=False).exclude(error=""),
        held_until="due_at",
        what=lambda row: "real_name",
        related=("profile__site",),
    )
)
