"""Who hears that a site's rosters are short: its own people, and by name its branch's integrity officers (C9)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from exam_ops.core.models import ExamSite, Membership
from exam_ops.rules.permissions import Right, Role
from exam_ops.rules.text import Text

_NOBODY = Text("（分部未指定）", "(the branch has named nobody)")


@dataclass(frozen=True, slots=True)
class Hearers:
    """Accounts that are told, and the integrity officers' names."""

    people: list[int]
    officers: Text


def of(sites: Iterable[ExamSite]) -> dict[int, Hearers]:
    """Who hears of each site, by site; every branch officer where nobody holds the right, so that somebody does."""
    places = list(sites)
    rows = Membership.objects.filter(
        Q(role__in=[Role.SITE, Role.CHIEF], site__in=places)
        | Q(role=Role.BRANCH, branch__in={site.branch_id for site in places}),
        user__is_active=True,
    ).select_related("user")
    at_site: dict[int, set[int]] = defaultdict(set)
    at_branch: dict[int, set[int]] = defaultdict(set)
    named: dict[int, dict[int, str]] = defaultdict(dict)
    for row in rows.order_by("user__name", "pk"):
        if row.role != Role.BRANCH:
            at_site[row.site_id or 0].add(row.user_id)
            continue
        at_branch[row.branch_id or 0].add(row.user_id)
        if Right.INTEGRITY in row.rights:
            named[row.branch_id or 0][row.user_id] = row.user.name
    return {
        site.pk: Hearers(
            sorted(at_site[site.pk] | (set(named[site.branch_id]) or at_branch[site.branch_id])),
            _names(named[site.branch_id]),
        )
        for site in places
    }


def _names(officers: dict[int, str]) -> Text:
    if not officers:
        return _NOBODY
    return Text("、".join(officers.values()), ", ".join(officers.values()))
