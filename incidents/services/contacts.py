"""Support contacts (D10): kept by headquarters and by each branch, shown on every card with who is on duty now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from exam_ops.core import events
from exam_ops.core.errors import FieldError, Invalid
from exam_ops.core.models import Branch, User
from exam_ops.rules.catalogue import Group, IncidentType
from exam_ops.rules.text import Text
from incidents.models import Contact
from incidents.services import duty

FIELDS = ("name", "duty", "phone", "qq", "other", "for_app", "for_client", "order", "is_active")
WAYS = ("phone", "qq", "other")
NAMED = 5  # how many people on duty a card names


class NoWayToReach(Invalid):
    def __init__(self) -> None:
        said = Text(
            "请至少填写电话、QQ 或其他联系方式中的一项。",
            "Give at least one way to reach them: phone, QQ or another.",
        )
        super().__init__(errors=[FieldError("phone", "no_way_to_reach", said)])


class ForNothing(Invalid):
    def __init__(self) -> None:
        said = Text(
            "请选择负责 App 还是考试客户端，至少一项。",
            "Choose what to call them for: App, exam client, or both.",
        )
        super().__init__(errors=[FieldError("for_app", "for_nothing", said)])


@transaction.atomic
def save(
    contact: Contact | None, said: Mapping[str, Any], *, branch: Branch | None, actor: User, now: datetime
) -> Contact:
    """Writes a contact of `branch` (None: headquarters'); `said` gives every one of `FIELDS`.

    Raises `NoWayToReach`, `ForNothing`.
    """
    if not any(said[way].strip() for way in WAYS):
        raise NoWayToReach()
    if not (said["for_app"] or said["for_client"]):
        raise ForNothing()
    is_new = contact is None
    contact = contact or Contact(branch=branch)
    for name in FIELDS:
        setattr(contact, name, said[name])
    contact.changed_by, contact.changed_at = actor, now
    contact.save()
    events.record(
        "contact.added" if is_new else "contact.changed",
        now=now,
        actor=actor,
        subject=contact.name,
        active=contact.is_active,
    )
    return contact


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A support desk's people on duty: their names, how many more there are."""

    branch: Branch | None
    names: list[str]
    more: int


@dataclass(frozen=True, slots=True)
class CardContacts:
    """Whom a card tells to call: contacts, the own branch's first, and who is on duty at the desks now."""

    contacts: list[Contact]
    on_duty: list[OnDuty]


def for_card(kind: IncidentType, branch: Branch | None, *, plan_now: datetime) -> CardContacts:
    """The contacts for an incident of `kind` in a branch (None: not known yet) at the plan time `plan_now`."""
    desks = [branch, None] if branch else [None]
    on_duty = [_names(desk, plan_now) for desk in desks]
    return CardContacts(list(fitting(kind, branch)), [desk for desk in on_duty if desk.names])


def fitting(kind: IncidentType, branch: Branch | int | None) -> QuerySet[Contact]:
    """Active contacts of the branch, then headquarters': those for the App for what happens at the door, those for the
    exam client for what happens on machines, both for the rest."""
    fits = {Group.ENTRY: Q(for_app=True), Group.CLIENT: Q(for_client=True)}.get(kind.group, Q())
    own = Q(branch=branch) | Q(branch=None) if branch else Q(branch=None)
    rows = Contact.objects.filter(own & fits, is_active=True).select_related("branch")
    return rows.order_by(F("branch").asc(nulls_last=True), "order", "name", "pk")


def _names(branch: Branch | None, plan_now: datetime) -> OnDuty:
    found = duty.on_support(branch, plan_now=plan_now).users
    names = list(User.objects.filter(pk__in=found).order_by("name").values_list("name", flat=True))
    return OnDuty(branch, names[:NAMED], max(len(names) - NAMED, 0))


class Book:
    """The contacts for many incidents, read once: for answers of the API."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], list[Contact]] = {}

    def told(self, kind: IncidentType, branch_id: int) -> list[dict[str, str]]:
        """As the API tells them: `name duty phone qq other`."""
        key = (kind.group, branch_id)
        if key not in self._known:
            self._known[key] = list(fitting(kind, branch_id))
        return [_told(contact) for contact in self._known[key]]


def _told(contact: Contact) -> dict[str, str]:
    return {name: getattr(contact, name) for name in ("name", "duty", *WAYS)}


def own(branches: Iterable[Branch], *, national: bool) -> QuerySet[Contact]:
    """The contacts that somebody keeps: headquarters' own, or those of the given branches."""
    mine = Q(branch__in=list(branches))
    rows = Contact.objects.filter(mine | Q(branch=None) if national else mine)
    return rows.select_related("branch", "changed_by").order_by(
        F("branch").asc(nulls_first=True), "order", "name"
    )
