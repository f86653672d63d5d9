"""What the page of admission tickets shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from exam_ops.core.models import ExamPlan, RoomSession, Sitting, TimeUnit
from exam_ops.office.models import TicketCase
from exam_ops.office.tickets.printing import printings

_WITH = ("candidate", "paper", "room_session__room", "site_unit__site", "site_unit__unit__plan")
WHOLE = Sitting.objects.select_related(*_WITH)


@dataclass(frozen=True, slots=True)
class Line:
    """One candidate's ticket: how often it was printed, and whether something was wrong with it."""

    sitting: Sitting
    printed: int
    cases: int

    @property
    def is_seated(self) -> bool:
        return bool(self.sitting.room_session_id and self.sitting.seat_no)


def whole(rows: QuerySet[Sitting]) -> QuerySet[Sitting]:
    """Rows with all that a ticket says, by seat."""
    return rows.select_related(*_WITH).order_by("seat_no", "pk")


def found(
    scope: QuerySet[Sitting],
    *,
    plan: ExamPlan | None,
    unit: TimeUnit | None,
    room: RoomSession | None,
    words: str,
) -> QuerySet[Sitting]:
    """The sittings asked for, those without a seat first, then by site, room and seat."""
    rows = scope.filter(site_unit__unit__plan=plan) if plan else scope.none()
    if unit:
        rows = rows.filter(site_unit__unit=unit)
    if room:
        rows = rows.filter(room_session=room)
    if words:
        who = Q(candidate__name__icontains=words) | Q(candidate__student_no__startswith=words)
        rows = rows.filter(who | Q(ticket_no__startswith=words))
    order = ("site_unit__start", "site_unit__site__code", "room_session__room__room_no", "seat_no", "pk")
    return rows.select_related(*_WITH).order_by(*order)


def lines(sittings: Iterable[Sitting]) -> list[Line]:
    """The lines of one page, with two look-ups for all of them."""
    every = list(sittings)
    printed = printings(every)
    wrong = list(TicketCase.objects.filter(sitting__in=every).values_list("sitting_id", flat=True))
    return [Line(s, printed[s.pk], wrong.count(s.pk)) for s in every]
