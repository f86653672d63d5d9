"""The support desk's first answer to a technical incident (A1): any act by support, whatever it is."""

from datetime import datetime

from exam_ops.core.models import Membership, User
from exam_ops.rules.permissions import Role
from incidents.models import Incident


def note(incident: Incident, actor: User | None, *, now: datetime) -> bool:
    """Keeps `now` as the first answer when `actor` is of technical support and nobody of it has acted before."""
    if actor is None or incident.taken_at is not None or not incident.kind.technical:
        return False
    if not Membership.objects.filter(user=actor, role=Role.SUPPORT).exists():
        return False
    incident.taken_at = now
    return bool(Incident.objects.filter(pk=incident.pk, taken_at=None).update(taken_at=now))
