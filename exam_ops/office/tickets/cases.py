"""Records what was wrong with a ticket at the door, and who admitted under which rule (C1, IDV-01)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from exam_ops.core import events
from exam_ops.core.errors import FieldError, Invalid
from exam_ops.core.models import Sitting, User
from exam_ops.office.models import TicketCase
from exam_ops.rules.text import Text
from exam_ops.rules.tickets import ADMISSIONS, PROBLEMS, Problem, Rule
from incidents.services import opening

TYPE = "IDV-01"
_WHAT = Text("请写明更正了什么。", "Say what was corrected.")
_NOTE = Text("{problem}；{rule}。{corrected}", "{problem}; {rule}. {corrected}")


@transaction.atomic
def record(
    sitting: Sitting,
    *,
    id: UUID,
    problem: Problem,
    rule: Rule,
    corrected: str = "",
    note: str = "",
    actor: User,
    now: datetime,
) -> TicketCase:
    """One case; it opens or joins the unit's IDV-01 incident. The same `id` again is the same case.

    Raises `Invalid` when data was wrong or corrected and nobody says what.
    """
    if (known := TicketCase.objects.filter(pk=id, sitting=sitting).first()) is not None:
        return known
    is_wrong = problem.value.startswith("wrong") or rule is Rule.CORRECTED
    if is_wrong and not corrected.strip():
        raise Invalid(errors=[FieldError("corrected", "required", _WHAT)])
    said = _NOTE.format(problem=PROBLEMS[problem], rule=ADMISSIONS[rule], corrected=corrected or note)
    incident = opening.open_or_join(
        type=TYPE,
        site_unit=sitting.site_unit,
        room_session=sitting.room_session,
        sittings=[sitting],
        note=said,
        actor=actor,
        now=now,
    )
    case = TicketCase.objects.create(
        id=id,
        sitting=sitting,
        problem=problem,
        rule=rule,
        corrected=corrected,
        note=note,
        decided_by=actor,
        decided_at=now,
        incident=incident.number or "",
    )
    events.record(
        "ticket.case",
        now=now,
        actor=actor,
        site_unit=sitting.site_unit,
        sitting=sitting,
        subject=case.incident,
        problem=problem.value,
        rule=rule.value,
    )
    return case
