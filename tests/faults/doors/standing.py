"""The database as it stands after races, beside what was said in them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from exam_ops.core.models import Sitting, User
from exam_ops.rules.entry import Entry
from incidents.models import EvidenceDuty
from tests import entry_model as model
from tests.faults.doors import told
from tests.faults.doors.calls import Meet
from tests.faults.doors.racer import Said
from verification.models import EntryRequest, SignIn


@dataclass
class Races:
    """Meets and what was said in them, beside the database as it stands."""

    meets: Sequence[Meet]
    said: Sequence[Said]

    @cached_property
    def names(self) -> dict[str, str]:
        """Name → user name of everybody."""
        return dict(User.objects.values_list("name", "username"))

    @cached_property
    def people(self) -> dict[int, Sitting]:
        return Sitting.objects.in_bulk([pk for meet in self.meets for pk in meet.sittings])

    @cached_property
    def kept(self) -> dict[int, list[SignIn]]:
        """Every check kept of each candidate."""
        found: dict[int, list[SignIn]] = defaultdict(list)
        for row in SignIn.objects.filter(sitting__in=self.people).select_related("proctor"):
            found[row.sitting_id or 0].append(row)
        return found

    @cached_property
    def requests(self) -> dict[int, list[EntryRequest]]:
        """The entry requests of each candidate in the order of their attempts."""
        found: dict[int, list[EntryRequest]] = defaultdict(list)
        rows = EntryRequest.objects.filter(sitting__in=self.people).select_related("requester", "decided_by")
        for row in rows.order_by("attempt", "requested_at"):
            found[row.sitting_id].append(row)
        return found

    @cached_property
    def duties(self) -> dict[int, list[EvidenceDuty]]:
        found: dict[int, list[EvidenceDuty]] = defaultdict(list)
        for row in EvidenceDuty.objects.filter(sitting__in=self.people):
            found[row.sitting_id or 0].append(row)
        return found

    @cached_property
    def races(self) -> list[told.Race]:
        return told.races(self.meets, self.said, self.names)

    def end(self, sitting: int) -> model.Door:
        """How a candidate stands at the end, as the model has it."""
        row = self.people[sitting]
        checks = [c for c in self.kept[sitting] if c.code != "id_reused"]
        return model.Door(
            status=Entry(row.entry_status),
            facts={str(c.pk): _fact(c) for c in checks},
            requests={str(r.pk): _request(r) for r in self.requests[sitting]},
            effective=next((str(c.pk) for c in checks if c.effective), ""),
            late=row.late,
            duties=len(self.duties[sitting]),
        )


def _fact(row: SignIn) -> model.Fact:
    captured = row.captured_at.timestamp() if row.captured_at else 0.0
    said = told.content(row.outcome, row.device_id, row.device_seq, captured, row.score)
    return model.Fact(said, row.proctor.username, row.outcome == "passed", row.code, row.late)


def _request(row: EntryRequest) -> model.Request:
    decided_by = row.decided_by.username if row.decided_by else ""
    return model.Request(row.requester.username, row.note, row.status, decided_by)
