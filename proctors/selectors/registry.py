"""The registry of proctors as lists and queues need it: by state, by place, by number, name or account (B2)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields import IntegerField

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import Branch, ExamSite, ProctorProfile, RosterRow
from exam_ops.rules.certification import OPEN, State
from exam_ops.rules.id_numbers import normalise
from proctors.address_query import AddressQuery
from proctors.selectors import certificates

SEE = "registry.see"
Source = ProctorProfile.Source


class Group(StrEnum):
    """How a list may be narrowed."""

    TO_COMPARE = "to_compare"
    UNPROVEN = "unproven"  # certified by a workbook of an earlier release
    INCOMPLETE = "incomplete"
    REFUSED = "refused"
    RECORDED = "recorded"
    CERTIFIED = "certified"


GROUPS: dict[Group, Q] = {
    Group.TO_COMPARE: Q(status__in=OPEN, needs=[]),
    Group.UNPROVEN: certificates.UNPROVEN,
    Group.INCOMPLETE: Q(status__in=OPEN) & ~Q(needs=[]),
    Group.REFUSED: Q(status=State.REFUSED),
    Group.RECORDED: Q(status=State.RECORDED),
    Group.CERTIFIED: Q(status=State.CERTIFIED) & ~Q(source=Source.IMPORT),
}
"""Everybody stands in exactly one."""

_ORDER = (Group.UNPROVEN, Group.REFUSED, Group.TO_COMPARE, Group.INCOMPLETE, Group.RECORDED)


@dataclass(frozen=True, slots=True)
class Asked(AddressQuery):
    """What the list is narrowed to: codes, words to search (`q`), a group (`state`)."""

    url_name = "registry"
    known = {"state": tuple(Group)}

    branch: str = ""
    site: str = ""
    q: str = ""
    state: str = ""


def profiles(actor: Actor, asked: Asked) -> QuerySet[ProctorProfile]:
    """The proctors in scope, narrowed to place and words, not to a group."""
    rows = access.visible(actor, ProctorProfile, SEE)
    if asked.branch:
        rows = rows.filter(site__branch__code=asked.branch)
    if asked.site:
        rows = rows.filter(site__code=asked.site)
    return rows.filter(_found_by(asked.q)) if asked.q else rows


def in_group(rows: QuerySet[ProctorProfile], group: str) -> QuerySet[ProctorProfile]:
    return rows.filter(GROUPS[Group(group)]) if group in set(Group) else rows


def counted(rows: QuerySet[ProctorProfile]) -> dict[Group, int]:
    """How many stand in each group, in one statement."""
    figures = {group.value: Count("pk", filter=condition) for group, condition in GROUPS.items()}
    found = rows.order_by().aggregate(**figures)
    return {group: found[group.value] for group in Group}


def in_order(rows: QuerySet[ProctorProfile], *, now: datetime) -> QuerySet[ProctorProfile]:
    """Trouble first, then by site and name; `is_rostered` says who is to proctor from now on."""
    ahead = RosterRow.objects.filter(proctor=OuterRef("user"), room_session__site_unit__ends_at__gt=now)
    places = [When(GROUPS[group], then=Value(place)) for place, group in enumerate(_ORDER)]
    last = Value(len(_ORDER))
    return (
        rows.annotate(
            is_rostered=Exists(ahead), place=Case(*places, default=last, output_field=IntegerField())
        )
        .select_related("user", "site__branch")
        .order_by("place", "site__code", "user__name", "pk")
    )


def branches(actor: Actor) -> list[Branch]:
    """The branches to choose from, where there is a choice."""
    held = access.visible(actor, ExamSite, SEE).values("branch")
    return list(Branch.objects.filter(pk__in=held).order_by("code"))


def sites(actor: Actor, branch: str = "") -> list[ExamSite]:
    """The sites to choose from, of one branch if it is named."""
    rows = access.visible(actor, ExamSite, SEE)
    return list((rows.filter(branch__code=branch) if branch else rows).order_by("code"))


def queue(actor: Actor) -> QuerySet[ProctorProfile]:
    """Whom the actor may compare, those without whom a certificate stands on nothing first."""
    rows = access.visible(actor, ProctorProfile, certificates.COMPARE)
    waiting = rows.filter(GROUPS[Group.TO_COMPARE] | (GROUPS[Group.UNPROVEN] & Q(needs=[]) & _has_pictures()))
    others = ~Q(user=actor.user.pk)
    if certificates.policy().four_eyes:
        others &= ~Q(entered_by=actor.user.pk) | Q(entered_by=None)
    return waiting.filter(others).select_related(*certificates.RELATED).order_by("pk")


def _has_pictures() -> Q:
    """Who was certified by a workbook has no needs written down yet."""
    return ~Q(photo="") & ~Q(document_photo="")


def next_in(
    rows: QuerySet[ProctorProfile], after: int | None, *, actor: Actor, now: datetime
) -> ProctorProfile | None:
    """The next of the queue after that key, round to its beginning, that stands on nobody else's screen."""
    free = rows.filter(Q(held_by=None) | Q(held_by=actor.user) | Q(held_until__lte=now))
    found = free.filter(pk__gt=after).first() if after else None
    return found or free.first()


def namesakes(profile: ProctorProfile) -> int:
    """How many other proctors have the same name: for the eye that compares."""
    return ProctorProfile.objects.filter(user__name=profile.user.name).exclude(pk=profile.pk).count()


def looks_like_a_number(words: str) -> bool:
    """Whether somebody searches by a document: such words belong in no address, where every proxy keeps them."""
    number = normalise(words)
    return (
        len(number) >= 8 and number.isascii() and number.isalnum() and sum(c.isdigit() for c in number) >= 6
    )


def by_number(actor: Actor, words: str) -> ProctorProfile | None:
    """Whose whole document number this is, in either form; accounts that look like one are found as well."""
    rows = access.visible(actor, ProctorProfile, SEE)
    found = rows.filter(id_no_index__in=certificates.indexes_of(words)).first()
    return found or rows.filter(user__username__iexact=normalise(words)).first()


def _found_by(words: str) -> Q:
    return Q(user__name__icontains=words) | Q(user__username__icontains=words)
