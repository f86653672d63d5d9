"""Everything that is known of one candidate's entry: attempts, requests with decisions, events."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from exam_ops.core.models import Event, RosterRow, Sitting
from verification.models import EntryRequest, SignIn, SignInReview


@dataclass(slots=True)
class SittingFacts:
    """Oldest first, each list."""

    sitting: Sitting
    attempts: list[SignIn]
    requests: list[EntryRequest]
    events: list[Event]

    @property
    def sign_in(self) -> SignIn | None:
        """The attempt that let the candidate in: the effective one, else the one that a person applied later."""
        return next(
            (a for a in self.attempts if a.effective),
            next((a for a in self.attempts if getattr(a, "review", None) and a.review.sitting_id), None),
        )

    @property
    def shown(self) -> SignIn | None:
        """The attempt whose picture is compared with the reference photo: the effective one, else the last with one."""
        pictured = [attempt for attempt in self.attempts if attempt.photo]
        if self.sign_in is not None and self.sign_in.photo:
            return self.sign_in
        return pictured[-1] if pictured else None


def facts_of(sitting: Sitting) -> SittingFacts:
    """The facts of one sitting, in three statements."""
    about = Q(sitting=sitting) | Q(review__sitting=sitting)
    attempts = SignIn.objects.filter(about).select_related("proctor", "review")
    requests = EntryRequest.objects.filter(sitting=sitting).select_related(
        "requester", "decided_by", "incident", "room_session__room", "site_unit"
    )
    return SittingFacts(
        sitting,
        list(attempts.order_by("received_at", "captured_at")),
        list(requests.order_by("attempt")),
        list(Event.objects.filter(sitting=sitting).select_related("actor").order_by("pk")),
    )


def sign_ins_of(sittings: QuerySet[Sitting] | Collection[int]) -> dict[int, SignIn]:
    """What let each of the sittings in: its effective sign-in, or the fact that a person applied to it later.

    An applied fact of no known room is left out: nobody at the site may look at it.
    """
    applied = SignInReview.objects.filter(sitting__in=sittings, sign_in__room_session__isnull=False)
    found = {row.sitting_id: row.sign_in for row in applied.select_related("sign_in") if row.sitting_id}
    rows = SignIn.objects.filter(sitting__in=sittings, effective=True)
    return found | {row.sitting_id: row for row in rows if row.sitting_id}


def proctors_of(room_session_id: int) -> list[RosterRow]:
    """The roster of a room session, with names and certificates, without their ID numbers."""
    rows = RosterRow.objects.filter(room_session=room_session_id).select_related("proctor__proctor")
    return list(rows.defer("proctor__proctor__id_no", "proctor__proctor__phone").order_by("position", "pk"))
