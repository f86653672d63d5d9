"""Pictures under review: how each stands with the chief and the branch, whose turn it is, and what waits where (C14)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, Membership, TimeUnit
from exam_ops.rules import evidence_review as rules
from exam_ops.rules.evidence_review import Level, Verdict
from exam_ops.rules.permissions import Role
from incidents.models import Evidence, EvidenceReview

SEE = "evidence_review.see"
TODO, WITHDRAWN = "todo", "withdrawn"
STATES = (TODO, Verdict.DOUBTFUL.value, Verdict.ASKED_AGAIN.value, Verdict.ACCEPTED.value, WITHDRAWN)
_PLACE = "room_session__site_unit"
_COLUMNS = (
    "pk", "version", "room_session", "room_session__room__room_no", _PLACE, f"{_PLACE}__start",
    f"{_PLACE}__site__code", f"{_PLACE}__site__name", "uploaded_by", "withdrawn_at", "by_chief", "by_site", "by_branch",
)  # fmt: skip


@dataclass(slots=True)
class Item:
    """One picture, by what its review depends on; `start` is plan time, verdicts are None until they are given."""

    pk: UUID
    version: int
    session_id: int
    room_no: str
    site_unit_id: int
    start: datetime
    site_code: str
    site_name: str
    uploaded_by: int
    withdrawn_at: datetime | None
    by_chief: bool
    by_site: str | None
    by_branch: str | None

    @property
    def state(self) -> str:
        """What holds of it: withdrawn, the branch's word, else the chief's; `todo` while nobody has spoken."""
        if self.withdrawn_at is not None:
            return WITHDRAWN
        return self.by_branch or self.by_site or TODO

    def waits_for(self, level: Level, *, plan_now: datetime) -> bool:
        """Whether it is the turn of `level`; what the chief asked for again waits for the room."""
        if self.withdrawn_at is not None or self.by_branch is not None:
            return False
        if level is Level.SITE:
            return self.by_site is None
        return self.by_site != Verdict.ASKED_AGAIN and rules.branch_may_speak(
            site_spoke=self.by_site is not None,
            is_chiefs_own=self.by_chief,
            start=self.start,
            now=plan_now,
        )


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks at a queue: the level they speak for (None: they read), and the plan's clock."""

    user_id: int
    level: Level | None
    plan_now: datetime

    def may_take(self, item: Item) -> bool:
        """Whether this picture waits for this person: nobody reviews their own."""
        if self.level is None or item.uploaded_by == self.user_id:
            return False
        return item.waits_for(self.level, plan_now=self.plan_now)

    def finds_waiting(self, item: Item) -> bool:
        """Whether it waits for this person; before those who read, for anybody."""
        if self.level is not None:
            return self.may_take(item)
        return any(item.waits_for(level, plan_now=self.plan_now) for level in Level)


def looker(actor: Actor, plan: ExamPlan, *, now: datetime) -> Looker:
    """The actor before a plan's pictures."""
    level = Level.BRANCH if actor.has(Role.BRANCH) else Level.SITE if actor.has(Role.CHIEF) else None
    return Looker(actor.user.pk, level, plan.plan_time(now))


def plans_of(actor: Actor) -> QuerySet[ExamPlan]:
    """Plans with pictures in the actor's scope, the latest first."""
    seen = access.visible(actor, Evidence, SEE).values(f"{_PLACE}__unit__plan")
    return ExamPlan.objects.filter(pk__in=seen).order_by("-starts_on", "code")


def units_of(actor: Actor, plan: ExamPlan) -> list[TimeUnit]:
    """The plan's units with pictures in scope, in order of time."""
    seen = access.visible(actor, Evidence, SEE).filter(**{f"{_PLACE}__unit__plan": plan})
    return list(TimeUnit.objects.filter(pk__in=seen.values(f"{_PLACE}__unit")).order_by("start", "code"))


def items(actor: Actor, plan: ExamPlan, *, unit: str = "", site: str = "", room: str = "") -> list[Item]:
    """The plan's pictures in scope, narrowed by codes, room after room; one statement, however many there are."""
    codes = {"unit__code": unit, "site__code": site}
    named = {f"{_PLACE}__{name}": code for name, code in codes.items() if code}
    if room:
        named["room_session__room__room_no"] = room
    rows = access.visible(actor, Evidence, SEE).filter(**{f"{_PLACE}__unit__plan": plan}, **named)
    order = (f"{_PLACE}__start", f"{_PLACE}__site__code", "room_session__room__room_no", "version")
    return [Item(*row) for row in with_reviews(rows).order_by(*order).values_list(*_COLUMNS)]


def with_reviews(rows: QuerySet[Evidence]) -> QuerySet[Any]:
    """Pictures with the verdicts in force, `by_site` and `by_branch`, and whether a chief of the site sent them."""
    current = EvidenceReview.objects.filter(evidence=OuterRef("pk"), is_current=True)
    chiefs = Membership.objects.filter(
        user=OuterRef("uploaded_by"), role=Role.CHIEF, site=OuterRef(f"{_PLACE}__site")
    )
    return rows.annotate(
        by_site=Subquery(current.filter(level=Level.SITE).values("verdict")[:1]),
        by_branch=Subquery(current.filter(level=Level.BRANCH).values("verdict")[:1]),
        by_chief=Exists(chiefs),
    )


def in_turn(found: Iterable[Item], who: Looker) -> list[Item]:
    """In the order of review: before the branch what the chief doubts stands first, then room after room."""
    rows = list(found)
    if who.level is Level.BRANCH:
        rows.sort(key=lambda item: item.by_site != Verdict.DOUBTFUL or item.by_branch is not None)
    return rows


def narrowed(found: Sequence[Item], state: str, who: Looker) -> list[Item]:
    """Those in one state; `todo` keeps all, so that what is done can be looked at again."""
    return list(found) if state in ("", TODO) else [item for item in found if item.state == state]


def next_item(found: Sequence[Item], state: str, who: Looker, *, after: UUID | None = None) -> Item | None:
    """The next one, round about from `after`: what waits for this person, or any of the state that was asked for."""
    place = next((n + 1 for n, item in enumerate(found) if item.pk == after), 0)
    ahead = [*found[place:], *found[:place]]
    if state in ("", TODO) and who.level is not None:
        ahead = [item for item in ahead if who.may_take(item)]
    return next((item for item in ahead if item.pk != after), None) or next(iter(ahead), None)


def before(found: Sequence[Item], pk: UUID) -> Item | None:
    """The one before it, reviewed or not."""
    place = next((n for n, item in enumerate(found) if item.pk == pk), 0)
    return found[place - 1] if place else None


@dataclass(slots=True)
class Figures:
    """How far the review of a place is."""

    total: int = 0
    waiting: int = 0  # for the level that looks; for readers: for anybody
    doubtful: int = 0  # that the branch has not settled
    states: Counter[str] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        return self.total - self.waiting


def count(found: Iterable[Item], who: Looker) -> Figures:
    """Figures over pictures; withdrawn ones need no review."""
    figures = Figures()
    for item in found:
        figures.states[item.state] += 1
        if item.state == WITHDRAWN:
            continue
        figures.total += 1
        figures.waiting += who.finds_waiting(item)
        figures.doubtful += item.by_branch is None and item.by_site == Verdict.DOUBTFUL
    return figures


def by_site_unit(found: Iterable[Item], who: Looker) -> list[tuple[int, Figures]]:
    """Figures of each site in each unit, by the key of its site unit: what is doubted first, then what waits."""
    groups: dict[int, list[Item]] = defaultdict(list)
    for item in found:
        groups[item.site_unit_id].append(item)
    counted = [(pk, count(group, who)) for pk, group in groups.items()]
    return sorted(counted, key=lambda one: (-one[1].doubtful, -one[1].waiting))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person over all plans."""

    count: int
    doubtful: int
    plan: ExamPlan | None  # where the first of them is


def waiting(actor: Actor, *, now: datetime) -> Waiting:
    """For the list of what is to be done: pictures whose turn it is, among those that nobody has finished."""
    level = Level.BRANCH if actor.has(Role.BRANCH) else Level.SITE if actor.has(Role.CHIEF) else None
    if level is None:
        return Waiting(0, 0, None)
    open_rows = with_reviews(access.visible(actor, Evidence, "evidence_review.give")).filter(
        by_branch=None, withdrawn_at=None
    )
    if level is Level.SITE:
        open_rows = open_rows.filter(by_site=None)
    plans = ExamPlan.objects.in_bulk(
        open_rows.order_by().values_list(f"{_PLACE}__unit__plan", flat=True).distinct()
    )
    found: list[tuple[Item, ExamPlan]] = []
    for *row, plan_id in open_rows.order_by("received_at").values_list(*_COLUMNS, f"{_PLACE}__unit__plan"):
        item, plan = Item(*row), plans[plan_id]
        if Looker(actor.user.pk, level, plan.plan_time(now)).may_take(item):
            found.append((item, plan))
    doubted = [(item, plan) for item, plan in found if item.by_site == Verdict.DOUBTFUL]
    first = next(iter(doubted or found), None)
    return Waiting(len(found), len(doubted), first[1] if first else None)
