"""Questions to the real-name service: written with the facts they are about, where an outside one is chosen."""

from collections.abc import Iterable
from datetime import datetime

from exam_ops.core.models import ProctorProfile
from exam_ops.rules.certification import State
from proctors.models import RealNameAsk
from proctors.real_names.chosen import provider

BATCH = 500


def ask(profiles: Iterable[ProctorProfile], *, now: datetime) -> int:
    """Asks for those whose facts are complete, inside the caller's transaction; again changes nothing."""
    if not provider().is_outside:
        return 0
    rows = [
        RealNameAsk(profile=profile, revision=profile.revision, asked_at=now, due_at=now)
        for profile in profiles
        if (profile.status == State.PENDING or profile.is_unproven) and not profile.needs
    ]
    RealNameAsk.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    return len(rows)
