"""Who hears of a new minimum of the App: proctors with exams ahead, every site, support; headquarters of what waits (B1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from exam_ops.core.models import Membership, RosterRow
from exam_ops.rules.permissions import Role
from exam_ops.rules.versions import PLATFORM_NAMES
from incidents.services import messages
from incidents.services.messages import Message
from verification.models import AppRelease
from verification.selectors.freeze import KINDS, Hit
from verification.services import release_refusals as words


def announce(release: AppRelease, *, now: datetime) -> int:
    """Tells that a later App will be needed, and from when; returns how many people it is for."""
    return _tell(concerned(now=now), "release.announced", release, _about(release), now=now)


def take_back(release: AppRelease, *, now: datetime) -> int:
    """Tells the same people that it will not be needed after all."""
    fields = _about(release) | {"why": release.withdrawn_why}
    return _tell(concerned(now=now), "release.withdrawn", release, fields, now=now)


def tell_held(release: AppRelease, hits: Sequence[Hit], *, now: datetime) -> int:
    """Tells headquarters that exams came to lie around the moment of a new minimum, and until when it waits."""
    people = Membership.objects.filter(role=Role.HQ, user__is_active=True)
    until = release.holds_from
    fields = _about(release) | {"units": words.named(hits), "until": words.shown(until)}
    key = f"{until.isoformat()}:{now.isoformat()}"
    ids = sorted(set(people.values_list("user_id", flat=True)))
    return _tell(ids, "release.held", release, fields, key=key, now=now)


def concerned(*, now: datetime) -> list[int]:
    """Accounts that a new minimum is for: whoever proctors a real or mock exam from now on, the heads of sites, support."""
    rostered = RosterRow.objects.filter(
        room_session__site_unit__ends_at__gt=now,
        room_session__site_unit__unit__plan__kind__in=KINDS,
        proctor__is_active=True,
    ).values_list("proctor_id", flat=True)
    offices = Membership.objects.filter(
        Q(role__in=[Role.SITE, Role.CHIEF, Role.SUPPORT]), user__is_active=True
    ).values_list("user_id", flat=True)
    return sorted({*rostered.distinct(), *offices})


def _about(release: AppRelease) -> dict[str, Any]:
    return {
        "platform": PLATFORM_NAMES[release.platform],
        "minimum": release.minimum_version,
        "at": words.shown(release.effective_from),
    }


def _tell(
    people: Sequence[int],
    event: str,
    release: AppRelease,
    fields: Mapping[str, Any],
    *,
    key: str = "",
    now: datetime,
) -> int:
    """In parts: a nation's proctors are some thirty messages, written in one statement."""
    url = reverse("app-release-list" if event == "release.held" else "app-download")
    return messages.tell_many(
        [
            Message(list(part), key=f"{event}:{release.pk}:{key}:{n}", event=event, fields=fields, url=url)
            for n, part in enumerate(messages.parts(people))
        ],
        now=now,
    )
