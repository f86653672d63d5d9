"""Which decisions somebody may see, and which ones they have yet to read (A4)."""

from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import RosterRow, SiteUnit, User
from exam_ops.rules.permissions import Role
from incidents.models import Decision, DecisionTarget, Notification
from incidents.services import decision_words as words

BANNERS = 3
WITH_PEOPLE = ("plan", "proposed_by", "settled_by", "incident")


def decisions() -> QuerySet[Decision]:
    """Decisions with their people."""
    return Decision.objects.select_related(*WITH_PEOPLE)


def shown_to(actor: Actor) -> QuerySet[Decision]:
    """Headquarters see all; everybody else those in force at their places, or of which they were told."""
    rows = decisions()
    if actor.has(Role.HQ):
        return rows
    in_force = rows.filter(status=Decision.Status.EFFECTIVE)
    placed = access.visible(actor, Decision, "decision.see")
    told = Notification.objects.filter(user=actor.user, decision__isnull=False)
    return in_force.filter(pk__in=placed.values("pk")) | in_force.filter(pk__in=told.values("decision"))


def get(actor: Actor, pk: int, action: str = "decision.see") -> Decision:
    """One decision through the door. Raises `NotFound`, `NotAllowed`."""
    return access.get(actor, Decision, action, shown_to(actor), pk=pk)


def notices(user: User) -> QuerySet[Decision]:
    """Decisions of which a person was told, with `read_at` (None: not yet); a reminder changes nothing of it."""
    told = Notification.objects.filter(user=user, decision=OuterRef("pk")).order_by()
    read = told.values("decision").annotate(at=Max("read_at")).values("at")
    in_force = decisions().filter(status=Decision.Status.EFFECTIVE)
    return in_force.filter(Exists(told)).annotate(read_at=Subquery(read))


def unread(user: User) -> QuerySet[Decision]:
    """Those that the person has not read."""
    rows: Any = notices(user)  # the checker knows no annotations
    return rows.filter(read_at=None).order_by("-pk")


def banner(user: User) -> list[dict[str, Any]]:
    """What stands above every page of this person until it is read: the latest few."""
    return [
        {"pk": row.pk, "said": words.said(words.wish_of(row)), "plan": row.plan.name}
        for row in unread(user)[:BANNERS]
    ]


def own_targets(decision: Decision, actor: Actor) -> QuerySet[DecisionTarget]:
    """The site units of a decision that concern somebody: a proctor's own rooms, an office's own places."""
    rows = decision.targets.exclude(after__has_key="why").select_related("site_unit__unit", "site_unit__site")
    places = access.visible(actor, SiteUnit, "decision.see")
    if actor.roles == [Role.PROCTOR.value]:
        own = RosterRow.objects.filter(proctor=actor.user)
        places = SiteUnit.objects.filter(pk__in=own.values("room_session__site_unit"))
    return rows.filter(site_unit__in=places).order_by("site_unit__start", "site_unit__site__code")
