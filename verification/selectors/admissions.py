"""Phones that support let in, as far as a reader's scope goes (B3)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Q, QuerySet, When

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import RosterRow, SiteUnit, User
from exam_ops.rules.permissions import Role
from verification.models import DeviceAdmission

_SHOWN_FOR = timedelta(days=7)
_MOST = 50
_UNITS = 30
_AT_SITE = (Role.PROCTOR, Role.CHIEF, Role.SITE)


def recent(actor: Actor, *, now: datetime) -> list[DeviceAdmission]:
    """Those that still stand and those of the last week, newest first."""
    rows = _read(access.visible(actor, DeviceAdmission, "device.see"))
    return list(rows.filter(site_unit__ends_at__gt=now - _SHOWN_FOR).order_by("-admitted_at")[:_MOST])


def standing(users: Iterable[User], *, now: datetime) -> dict[tuple[int, str], list[DeviceAdmission]]:
    """Those in force, by account and phone."""
    rows = DeviceAdmission.objects.filter(user__in=list(users), revoked_at=None, site_unit__ends_at__gt=now)
    found: dict[tuple[int, str], list[DeviceAdmission]] = {}
    for row in _read(rows).order_by("site_unit__starts_at"):
        found.setdefault((row.user_id, row.device_id), []).append(row)
    return found


def concerns(user: User) -> Q:
    """The site units that are a person's: those they proctor, and those of the site they belong to."""
    own = user.memberships.filter(role__in=_AT_SITE).values("site")
    return Q(pk__in=_rostered(user)) | Q(site__in=own)


def units_for(actor: Actor, user: User, *, now: datetime) -> list[SiteUnit]:
    """The units ahead for which the actor may let a phone of `user` in, those that they proctor first."""
    scope = access.visible(actor, SiteUnit, "device.admit").values("pk")
    rows = SiteUnit.objects.filter(concerns(user), pk__in=scope, ends_at__gt=now)
    is_rostered = Case(When(pk__in=_rostered(user), then=0), default=1)
    return list(rows.select_related("unit__plan", "site").order_by(is_rostered, "starts_at", "pk")[:_UNITS])


def _rostered(user: User) -> QuerySet[RosterRow, Any]:
    return RosterRow.objects.filter(proctor=user).values("room_session__site_unit")


def _read(rows: QuerySet[DeviceAdmission]) -> QuerySet[DeviceAdmission]:
    return rows.select_related(
        "user", "site_unit__unit__plan", "site_unit__site", "admitted_by", "revoked_by"
    )
