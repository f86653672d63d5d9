"""Everything that is known of one candidate's entry: attempts, requests with decisions, events."""

from dataclasses import dataclass

from exam_ops.core.models import Event, RosterRow, Sitting
from verification.models import EntryRequest, SignIn


@dataclass(slots=True)
class SittingFacts:
    """Oldest first, each list."""

    sitting: Sitting
    attempts: list[SignIn]
    requests: list[EntryRequest]
    events: list[Event]

    @property
    def sign_in(self) -> SignIn | None:
        """The attempt that let the candidate in."""
        return next((attempt for attempt in self.attempts if attempt.effective), None)

    @property
    def shown(self) -> SignIn | None:
        """The attempt whose picture is compared with the reference photo: the effective one, else the last with one."""
        pictured = [attempt for attempt in self.attempts if attempt.photo]
        if self.sign_in is not None and self.sign_in.photo:
            return self.sign_in
        return pictured[-1] if pictured else None


def facts_of(sitting: Sitting) -> SittingFacts:
    """The facts of one sitting, in three statements."""
    attempts = SignIn.objects.filter(sitting=sitting).select_related("proctor")
    requests = EntryRequest.objects.filter(sitting=sitting).select_related(
        "requester", "decided_by", "incident", "room_session__room", "site_unit"
    )
    return SittingFacts(
        sitting,
        list(attempts.order_by("received_at", "captured_at")),
        list(requests.order_by("attempt")),
        list(Event.objects.filter(sitting=sitting).select_related("actor").order_by("pk")),
    )


def sign_ins_of(sitting_ids: list[int]) -> dict[int, SignIn]:
    """The effective sign-in of each of the sittings that has one."""
    rows = SignIn.objects.filter(sitting__in=sitting_ids, effective=True)
    return {row.sitting_id: row for row in rows if row.sitting_id is not None}


def proctors_of(room_session_id: int) -> list[RosterRow]:
    """The roster of a room session, with names and certificates, without their ID numbers."""
    rows = RosterRow.objects.filter(room_session=room_session_id).select_related("proctor__proctor")
    return list(rows.defer("proctor__proctor__id_no", "proctor__proctor__phone").order_by("position", "pk"))
