"""Who hears of what is not ready before the mock exam: the site by name, its branch in figures, each proctor (B8)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from exam_ops.core.models import ExamPlan, ExamSite, Membership, User
from exam_ops.office.selectors import readiness
from exam_ops.office.selectors.readiness import Dates, Standing
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Right, Role
from exam_ops.rules.readiness import LACKS, Lack, Light
from exam_ops.rules.text import Text
from incidents.services import messages
from incidents.services.messages import Message

NAMED = 40  # people that a digest names; the page has them all

_PERSON = Text("{name}：{lacks}", "{name}: {lacks}")
_MORE = Text("……另有 {n} 人，见页面", "… and {n} more, see the page")
_SITE = Text("{site}：{n} 人", "{site}: {n}")


def remind(plan: ExamPlan, sites: Sequence[int], *, mark: str, now: datetime) -> set[int]:
    """Tells `sites`, their branches and their proctors what is lacking; `mark` tells this reminder from others.

    Only those who stand on a roster of the plan are asked for anything. Returns the sites that were told.
    """
    dates = readiness.dates_of(plan)
    if dates is None or not sites:
        return set()
    places = {site.pk: site for site in ExamSite.objects.filter(pk__in=sites).select_related("branch")}
    wanting = _wanting(plan, dates, sites)
    names = dict(
        User.objects.filter(pk__in=[s.user for rows in wanting.values() for s in rows]).values_list(
            "pk", "name"
        )
    )
    key = f"readiness:{plan.pk}:{mark}:{min(sites)}"
    heads, officers = _people(places.values())
    told = [
        _to_site(plan, places[pk], rows, names, heads[pk], f"{key}:site:{pk}", dates)
        for pk, rows in wanting.items()
    ]
    told += _to_branches(plan, places, wanting, officers, key, dates)
    told += _to_proctors(plan, wanting, key, dates)
    messages.tell_many(told, now=now)
    return set(wanting)


def _wanting(plan: ExamPlan, dates: Dates, sites: Sequence[int]) -> dict[int, list[Standing]]:
    """Site → those on its rosters who lack something, the red ones first."""
    found: dict[int, list[Standing]] = defaultdict(list)
    for row in readiness.standings(plan, dates, site__in=sites):
        if row.is_rostered and row.lacks:
            found[row.site].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.light is not Light.RED, row.user))
    return found


def _people(sites: Iterable[ExamSite]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Heads of each site, and integrity officers of each branch."""
    places = list(sites)
    rows = Membership.objects.filter(
        Q(role__in=[Role.SITE, Role.CHIEF], site__in=places)
        | Q(role=Role.BRANCH, branch__in={site.branch_id for site in places}),
        user__is_active=True,
    )
    heads: dict[int, list[int]] = defaultdict(list)
    officers: dict[int, list[int]] = defaultdict(list)
    for row in rows.order_by("user"):
        if row.site_id:
            heads[row.site_id].append(row.user_id)
        elif row.branch_id and Right.INTEGRITY in row.rights:
            officers[row.branch_id].append(row.user_id)
    return heads, officers


def _to_site(
    plan: ExamPlan,
    site: ExamSite,
    rows: Sequence[Standing],
    names: dict[int, str],
    people: Sequence[int],
    key: str,
    dates: Dates,
) -> Message:
    lines = [_PERSON.format(name=names[row.user], lacks=_labels(row.lacks)) for row in rows[:NAMED]]
    if len(rows) > NAMED:
        lines.append(_MORE.format(n=len(rows) - NAMED))
    return Message(
        people,
        key,
        "readiness.site",
        _fields(plan, dates) | {"place": site.name, "count": len(rows), "lines": _joined(lines, "\n", "\n")},
        reverse("readiness", query={"plan": plan.code, "site": site.code}),
        plan=plan,
    )


def _to_branches(
    plan: ExamPlan,
    places: dict[int, ExamSite],
    wanting: dict[int, list[Standing]],
    officers: dict[int, list[int]],
    key: str,
    dates: Dates,
) -> list[Message]:
    groups: dict[int, list[ExamSite]] = defaultdict(list)
    for pk in wanting:
        groups[places[pk].branch_id].append(places[pk])
    told = []
    for branch, sites in groups.items():
        sites.sort(key=lambda site: -len(wanting[site.pk]))
        lines = [_SITE.format(site=site.name, n=len(wanting[site.pk])) for site in sites]
        fields = {
            "place": sites[0].branch.name,
            "count": sum(len(wanting[site.pk]) for site in sites),
            "lines": _joined(lines, "\n", "\n"),
        }
        url = reverse("readiness", query={"plan": plan.code, "branch": sites[0].branch.code})
        mark = f"{key}:branch:{branch}"
        told.append(
            Message(officers[branch], mark, "readiness.site", _fields(plan, dates) | fields, url, plan=plan)
        )
    return told


def _to_proctors(plan: ExamPlan, wanting: dict[int, list[Standing]], key: str, dates: Dates) -> list[Message]:
    """One message for all who lack the same."""
    groups: dict[tuple[Lack, ...], list[int]] = defaultdict(list)
    for rows in wanting.values():
        for row in rows:
            groups[row.lacks].append(row.user)
    return [
        Message(
            list(part),
            f"{key}:own:{'+'.join(lacks)}:{n}",
            "readiness.own",
            _fields(plan, dates) | {"lines": _joined([LACKS[lack][1] for lack in lacks], "\n", "\n")},
            reverse("app-download"),
            plan=plan,
        )
        for lacks, people in groups.items()
        for n, part in enumerate(messages.parts(sorted(people)))
    ]


def _fields(plan: ExamPlan, dates: Dates) -> dict[str, object]:
    first = plan.laid_time(dates.first).astimezone(BEIJING)
    return {"plan": plan.name, "first": first.strftime("%m-%d %H:%M")}


def _labels(lacks: Iterable[Lack]) -> Text:
    return _joined([LACKS[lack][0] for lack in lacks], "、", ", ")


def _joined(texts: Sequence[Text], zh: str, en: str) -> Text:
    return Text(zh.join(t.zh for t in texts), en.join(t.en for t in texts))
