"""Evidence duties of many rooms: by plan, unit, site, room and state, with the picture that met each and its review (C14)."""

from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, TimeUnit
from exam_ops.rules.evidence_review import Level
from exam_ops.rules.permissions import Role
from incidents import selectors
from incidents.models import EvidenceDuty, EvidenceReview

SEE = "evidence.see"
Status = EvidenceDuty.Status

STATES: dict[str, Q] = {
    "missed": Q(status=Status.MISSED),
    "open": Q(status=Status.OPEN),
    "late": Q(status=Status.MET, met_by__on_time=False),
    "met": Q(status=Status.MET) & (Q(met_by=None) | Q(met_by__on_time=True)),
    "dropped": Q(status=Status.DROPPED),
}
"""How a duty stands, for filters: `late` was met by a picture whose time needs a look."""

_PLACE = "room_session__site_unit"
_RELATED = (
    "sitting__candidate",
    "incident",
    "met_by__uploaded_by",
    "room_session__room",
    f"{_PLACE}__site__branch",
    f"{_PLACE}__unit__plan",
)


def plans_of(actor: Actor) -> QuerySet[ExamPlan]:
    """Plans with duties in the actor's scope, the latest first."""
    return ExamPlan.objects.filter(pk__in=_seen(actor).values(f"{_PLACE}__unit__plan")).order_by(
        "-starts_on", "code"
    )


def units_of(actor: Actor, plan: ExamPlan) -> list[TimeUnit]:
    """The plan's units with duties in scope, in order of time."""
    seen = _seen(actor).filter(**{f"{_PLACE}__unit__plan": plan}).values(f"{_PLACE}__unit")
    return list(TimeUnit.objects.filter(pk__in=seen).order_by("start", "code"))


def sites_of(actor: Actor, plan: ExamPlan, unit: str = "") -> list[tuple[str, str]]:
    """Code and name of the sites with duties there."""
    rows = duties(actor, plan=plan.code, unit=unit).order_by(f"{_PLACE}__site__code")
    return list(dict.fromkeys(rows.values_list(f"{_PLACE}__site__code", f"{_PLACE}__site__name")))


def duties(
    actor: Actor, *, plan: str = "", unit: str = "", site: str = "", room: str = ""
) -> QuerySet[EvidenceDuty]:
    """The duties that the actor may know of, narrowed by codes; a room's own that named its candidates is left out."""
    codes = {
        f"{_PLACE}__unit__plan__code": plan,
        f"{_PLACE}__unit__code": unit,
        f"{_PLACE}__site__code": site,
        "room_session__room__room_no": room,
    }
    return _seen(actor).filter(**{name: code for name, code in codes.items() if code})


def counted(rows: QuerySet[EvidenceDuty]) -> dict[str, int]:
    """How many stand in each state."""
    return rows.order_by().aggregate(**{name: Count("pk", filter=q) for name, q in STATES.items()})


def loaded(rows: QuerySet[EvidenceDuty]) -> QuerySet[EvidenceDuty]:
    """With what a line shows: `by_site` and `by_branch` are the reviews in force, of the picture or of the miss."""
    return (
        rows.select_related(*_RELATED)
        .defer("sitting__candidate__id_no")
        .annotate(by_site=_review(Level.SITE), by_branch=_review(Level.BRANCH))
    )


def in_order(rows: QuerySet[EvidenceDuty]) -> QuerySet[EvidenceDuty]:
    """By unit, site, room and seat."""
    return rows.order_by(
        f"{_PLACE}__start",
        f"{_PLACE}__site__code",
        "room_session__room__room_no",
        F("sitting__seat_no").asc(nulls_first=True),
        "pk",
    )


def reviews_of(rows: list[Any]) -> dict[int, EvidenceReview]:
    """The reviews that `loaded` rows name, by key."""
    keys = {key for row in rows for key in (row.by_site, row.by_branch) if key}
    return EvidenceReview.objects.select_related("by").in_bulk(keys)


def _seen(actor: Actor) -> QuerySet[EvidenceDuty]:
    rows = access.visible(actor, EvidenceDuty, SEE)
    if actor.has(Role.PROCTOR):  # of the own rooms alone
        rows = EvidenceDuty.objects.filter(room_session__in=selectors.rooms_open_to(actor, SEE).values("pk"))
    return rows.exclude(why_closed=EvidenceDuty.NAMED)


def _review(level: Level) -> Coalesce:
    current = EvidenceReview.objects.filter(level=level, is_current=True)
    of_picture = current.filter(evidence=OuterRef("met_by")).values("pk")[:1]
    of_duty = current.filter(duty=OuterRef("pk")).values("pk")[:1]
    return Coalesce(Subquery(of_picture), Subquery(of_duty))
