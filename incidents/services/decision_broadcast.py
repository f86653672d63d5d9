"""A decision of headquarters goes out to everybody concerned, down to the room, and comes back as read (A4)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from exam_ops.core import events
from exam_ops.core.models import ExamSite, Membership, RosterRow, SiteUnit, User
from exam_ops.rules.escalation import Level
from exam_ops.rules.permissions import Role
from incidents.models import Decision, Notification
from incidents.services import decision_words as words
from incidents.services import messages
from incidents.services.deliveries import Organisation
from incidents.services.messages import Message

CHANNEL_GRADE = 1  # every channel hears of a decision


def send(decision: Decision, site_units: Sequence[SiteUnit], *, now: datetime) -> int:
    """Tells everybody concerned with `site_units`, and the channels of their sites and branches."""
    sites = {s.site_id: s.site for s in site_units}
    to = [Organisation(Level.HQ)]
    to += [Organisation(Level.BRANCH, branch_id=pk) for pk in sorted({s.branch_id for s in sites.values()})]
    to += [Organisation(Level.SITE, site_id=pk) for pk in sorted(sites)]
    people = concerned([s.pk for s in site_units], sites.values())
    return _tell(decision, people, f"decision:{decision.pk}", to, now)


def concerned(site_unit_ids: Iterable[int], sites: Iterable[ExamSite]) -> list[int]:
    """Accounts of branches, sites, rooms, centres and support desks that a decision on site units is for."""
    places = list(sites)
    branches = {site.branch_id for site in places}
    roles = (
        Q(role=Role.BRANCH, branch__in=branches)
        | Q(role__in=[Role.SITE, Role.CHIEF], site__in=places)
        | Q(role=Role.CENTRE, centre__sites__in=places)
        | Q(role=Role.SUPPORT, branch=None)
        | Q(role=Role.SUPPORT, branch__in=branches)
    )
    offices = Membership.objects.filter(roles, user__is_active=True).values_list("user_id", flat=True)
    rostered = RosterRow.objects.filter(
        room_session__site_unit__in=list(site_unit_ids), proctor__is_active=True
    ).values_list("proctor_id", flat=True)
    return sorted({*offices, *rostered})


@transaction.atomic
def remind(decision: Decision, user_ids: Iterable[int], *, actor: User, now: datetime) -> int:
    """Tells those once more who have not read it; each reminder is a message of its own. Returns how many."""
    people = sorted(set(user_ids) - read_by(decision))
    key = f"decision:{decision.pk}:again:{now.isoformat()}"
    told = _tell(decision, people, key, [], now)
    events.record(
        "decision.reminded",
        now=now,
        actor=actor,
        plan=decision.plan,
        subject=decision.number or "",
        people=told,
    )
    return told


def read_by(decision: Decision) -> set[int]:
    """Accounts that have read it."""
    read = Notification.objects.filter(decision=decision, read_at__isnull=False)
    return set(read.values_list("user_id", flat=True))


def mark_read(decision: Decision, user: User, *, now: datetime) -> bool:
    """This person has read it, in whatever message it came; False when they had already, or were not told."""
    unread = Notification.objects.filter(decision=decision, user=user, read_at=None)
    return bool(unread.update(read_at=now))


def ask_to_confirm(decision: Decision, *, now: datetime) -> int:
    """Tells the others at headquarters that it waits for one of them."""
    others = Membership.objects.filter(role=Role.HQ, user__is_active=True).exclude(user=decision.proposed_by)
    until = decision.plan.plan_time(decision.next_due_at) if decision.next_due_at else now
    return messages.tell(
        sorted(set(others.values_list("user_id", flat=True))),
        key=f"decision:{decision.pk}:confirm",
        event="decision.confirm",
        fields=_fields(decision) | {"until": messages.clock_time(until)},
        url=url_of(decision),
        plan=decision.plan,
        now=now,
    )


def tell_proposer(decision: Decision, *, now: datetime) -> int:
    """Tells who proposed it that it was refused or lapsed."""
    return messages.tell(
        [decision.proposed_by_id],
        key=f"decision:{decision.pk}:{decision.status}",
        event="decision.settled",
        fields=_fields(decision) | {"status": words.STATUSES[decision.status], "note": decision.settled_note},
        url=url_of(decision),
        plan=decision.plan,
        now=now,
    )


def url_of(decision: Decision) -> str:
    """The decision's page."""
    return reverse("decision-detail", args=[decision.pk])


def _fields(decision: Decision) -> dict[str, object]:
    return {
        "number": decision.number or "",
        "said": words.said(words.wish_of(decision)),
        "plan": decision.plan.name,
        "by": decision.proposed_by.name,
        "reason": decision.reason,
    }


def _tell(
    decision: Decision, people: Sequence[int], key: str, to: Sequence[Organisation], now: datetime
) -> int:
    parts = messages.parts(people) or [[]]  # channels hear of it though nobody else does
    return messages.tell_many(
        [
            Message(
                list(part),
                key=f"{key}:{n}",
                event="decision.broadcast",
                fields=_fields(decision),
                url=url_of(decision),
                plan=decision.plan,
                decision=decision,
                to=to if n == 0 else (),
                grade=CHANNEL_GRADE,
            )
            for n, part in enumerate(parts)
        ],
        now=now,
    )
