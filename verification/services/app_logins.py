"""What a proctor's App login tells the roster: a room is blocked when all its proctors' logins failed (A3)."""

from datetime import datetime

from exam_ops.core.models import AccessToken, RosterRow, User


def failed(username: str, device_id: str, *, now: datetime) -> int:
    """Marks the rooms that this proctor is rostered for, from opening of entry until the start.

    A proctor whose other phone is signed in is in, whoever else tried: nothing is marked. Returns how many
    roster rows were.
    """
    elsewhere = AccessToken.objects.filter(user__username=username, device__isnull=False, expiry__gt=now)
    if elsewhere.exclude(device__device_id=device_id).exists():
        return 0
    return RosterRow.objects.filter(
        proctor__username=username,
        room_session__site_unit__entry_opens_at__lte=now,
        room_session__site_unit__starts_at__gt=now,
    ).update(login_failed_at=now)


def passed(user: User) -> int:
    """Clears the mark: this proctor is in. Returns how many roster rows were marked."""
    return RosterRow.objects.filter(proctor=user, login_failed_at__isnull=False).update(login_failed_at=None)
