"""To whom an incident can be handed: those of its site, its branch, headquarters and support who may acknowledge it."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from exam_ops.core.access import Actor
from exam_ops.core.models import Membership
from exam_ops.rules.ladder import LEVELS, ROLES_AT, Level
from exam_ops.rules.permissions import Role
from incidents import words
from incidents.models import Incident
from incidents.services import watch

MOST = 60  # of one group


def takers(incident: Incident, actor: Actor, *, now: datetime) -> list[tuple[Any, list[tuple[int, str]]]]:
    """Groups of a choice: (label, [(account, name)]), who is on duty first; the actor is left out."""
    site = incident.site_unit.site
    scope = {Level.SITE: Q(site=site), Level.BRANCH: Q(branch=site.branch_id), Level.HQ: Q()}
    wants = [watch.wanted(level, incident.site_unit, None) for level in LEVELS]
    groups = []
    for level, duty in zip(LEVELS, watch.on_duty(wants, now=now), strict=True):
        found = _people(scope[level] & Q(role__in=ROLES_AT[level]), actor)
        groups.append((words.LEVELS[level], _named(found, set(duty.users))))
    support = Q(role=Role.SUPPORT) & (Q(branch=site.branch_id) | Q(branch=None))
    groups.append((words.PARTIES[Role.SUPPORT.value], _named(_people(support, actor), set())))
    return [group for group in groups if group[1]]


def _people(condition: Q, actor: Actor) -> dict[int, str]:
    rows = Membership.objects.filter(condition, user__is_active=True).exclude(user=actor.user)
    return dict(rows.order_by("user__name", "user_id").values_list("user_id", "user__name")[:MOST])


def _named(found: dict[int, str], on_duty: set[int]) -> list[tuple[int, str]]:
    here = [(pk, _("%(name)s（在岗）") % {"name": name}) for pk, name in found.items() if pk in on_duty]
    return here + [(pk, name) for pk, name in found.items() if pk not in on_duty]
