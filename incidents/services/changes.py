"""What changes on an open incident: its grade, who has it, what is known of it, a line that was wrong (A1, E3)."""

from datetime import datetime

from django.db import transaction

from exam_ops.core import access
from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.models import User
from exam_ops.rules.ladder import LEVELS, Level, is_above
from exam_ops.rules.text import Text
from incidents.models import Entry, Incident
from incidents.services import closing, ladder, messages, mine, opening, standing, timeline, watch
from incidents.services.closing import REASON_NEEDED, require
from incidents.services.mine import STATUS
from incidents.services.telling import about, otherwise


class NotForThem(Refusal):
    code, status = "not_for_them", 422
    title = Text("不能移交给此人", "It can't be handed to them")
    sentence = Text(
        "此人看不到该事件或无权确认。请移交给本考点、其分部、总部或技术支持的人员。",
        "They can't see this incident or may not acknowledge it. Hand it to somebody of this site, its branch, "
        "headquarters or support.",
    )


class NotStruck(Refusal):
    code, status = "not_struck", 409
    title = Text("该行不能划去", "This line can't be struck")
    sentence = Text(
        "只有人员写下的行可以划去；系统记录和划去的说明须保留。请改为补充一条续报。",
        "Only what somebody wrote is struck; the portal's own lines, and why others were struck, stay. "
        "Add a report instead.",
    )


@transaction.atomic
def hand_over(
    incident: Incident, *, to: User, note: str, actor: User, now: datetime
) -> tuple[Incident, bool]:
    """Hands the incident to a person, who has the grade's time to take it; else the next level is told.

    Acknowledging takes it. The same hand-over again is the same answer. Raises `NotForThem` when they may not
    acknowledge it, `AlreadyResolved`.
    """
    incident = mine.locked_open(incident)
    if not _may_take(to, incident, now=now):
        raise NotForThem()
    if incident.handed_to_id == to.pk:
        return incident, False
    if incident.acknowledged_by_id == to.pk:
        return incident, False
    mine.take(incident, actor=actor, now=now)
    stand = standing.load([incident])[0]
    level = stand.asked or Level.SITE
    wait = standing.ladder_of(incident).acknowledge_in(level)
    step = stand.steps[level]
    step.acknowledge_by, step.again, step.acknowledged_at, step.acknowledged_by = now + wait, 0, None, None
    step.save(update_fields=["acknowledge_by", "again", "acknowledged_at", "acknowledged_by"])
    incident.status, incident.handed_to, incident.handed_at = STATUS.OPEN, to, now
    incident.acknowledged_by = incident.acknowledged_at = None
    ladder.settle([stand])
    timeline.write(incident, "handed", now=now, actor=actor, note=note, to=to.name, user=to.pk, level=level)
    messages.tell(
        [to.pk],
        key=f"incident:{incident.pk}:handed:{now.isoformat()}",
        event="incident.handed",
        fields=about(incident)
        | {"by": actor.name, "note": note, "minutes": f"{wait.total_seconds() / 60:g}"}
        | {"then": otherwise(stand, level)},
        url=messages.url_of(incident),
        incident=incident,
        plan=incident.site_unit.unit.plan,
        now=now,
    )
    mine.touch(incident)
    return incident, True


def _may_take(user: User, incident: Incident, *, now: datetime) -> bool:
    return (
        user.is_active
        and access.refused(access.actor_for(user, now=now), "incident.acknowledge", incident) is None
    )


@transaction.atomic
def regrade(
    incident: Incident, *, grade: int, reason: str, actor: User, now: datetime
) -> tuple[Incident, bool]:
    """Raises the grade, or lowers it with a reason; the ladder of the new grade holds from then on.

    Lowering is for those who may close the grade it has (else `NotYoursToClose`): nobody lowers an incident
    to close it themselves. The grade it has already is the same answer. Raises `AlreadyResolved`, `Invalid`.
    """
    if grade not in (1, 2, 3, 4):
        said = Text("级别为 1 至 4。", "Grades are 1 to 4.")
        raise Invalid(errors=[FieldError("grade", "invalid", said)])
    incident = mine.locked_open(incident)
    if grade == incident.grade:
        return incident, False
    lowers = grade > incident.grade
    if lowers:
        require({"reason": reason}, REASON_NEEDED)
        closing.refuse_below(incident, actor, now=now)
    mine.take(incident, actor=actor, now=now)
    kind = "lowered" if lowers else "raised"
    timeline.write(incident, kind, now=now, actor=actor, note=reason, of=incident.grade, to=grade)
    incident.grade = grade
    incident.save(update_fields=["grade"])
    ladder.advance([incident], now=now)
    opening.go_up_if_past(incident, now=now)
    mine.touch(incident)
    return incident, True


@transaction.atomic
def update(
    incident: Incident, *, note: str, lost_minutes: int | None = None, actor: User, now: datetime
) -> tuple[Incident, bool]:
    """A report upwards: told to the levels above that know of the incident; Ⅰ owes one every 30 minutes.

    `lost_minutes` is exam time lost so far; it may raise the grade. The same words by the same person as the
    last report are the same answer. Raises `AlreadyResolved`, and `Invalid` without words.
    """
    require({"note": note}, Text("请填写最新情况。", "Say how it stands."))
    incident = mine.locked_open(incident)
    last = Entry.objects.filter(incident=incident, actor__isnull=False).order_by("-pk").first()
    if last is not None and (last.kind, last.actor_id, last.note) == ("update", actor.pk, note):
        return incident, False
    mine.take(incident, actor=actor, now=now)
    data = {} if lost_minutes is None else {"lost_minutes": lost_minutes}
    timeline.write(incident, "update", now=now, actor=actor, note=note, **data)
    incident.updated_at = now
    incident.save(update_fields=["updated_at"])
    if lost_minutes is not None:
        incident.reports.create(reporter=actor, received_at=now, note=note, lost_minutes=lost_minutes)
        opening.regrade_by_reach(incident, now=now)
    _tell_above(incident, note, actor, now)
    ladder.advance([incident], now=now)
    mine.touch(incident)
    return incident, True


def _tell_above(incident: Incident, note: str, actor: User, now: datetime) -> None:
    """Tells the levels above the person's own that know of it; when none does, the one above."""
    own = mine.level_of(actor, incident, now=now) or Level.SITE
    known = set(standing.load([incident])[0].steps)
    above = [level for level in LEVELS if is_above(level, own)]
    levels = [level for level in above if level in known] or above[:1]
    rungs = standing.ladder_of(incident)
    wants = [watch.wanted(level, incident.site_unit, rungs.rung(level)) for level in levels]
    people = {pk for found in watch.on_duty(wants, now=now) for pk in found.users} - {actor.pk}
    messages.tell(
        sorted(people),
        key=f"incident:{incident.pk}:updated:{now.isoformat()}:{actor.pk}",
        event="incident.updated",
        fields=about(incident) | {"by": actor.name, "note": note},
        url=messages.url_of(incident),
        incident=incident,
        plan=incident.site_unit.unit.plan,
        to=[messages.organisation(level, incident.site_unit) for level in levels],
        grade=incident.grade,
        now=now,
    )


@transaction.atomic
def strike(entry: Entry, *, reason: str, actor: User, now: datetime) -> Entry:
    """Strikes a line that somebody wrote, with the reason; it stays to be read, and is never edited.

    Struck already it stays as it was. Raises `NotStruck` for the portal's own lines, `Invalid` without a reason.
    """
    require({"reason": reason}, REASON_NEEDED)
    incident = mine.locked(entry.incident)
    entry = Entry.objects.get(pk=entry.pk)
    if entry.actor_id is None or entry.kind == "struck":
        raise NotStruck()
    if entry.struck_at is None:
        entry.struck_at = now
        Entry.objects.filter(pk=entry.pk, struck_at=None).update(struck_at=now)
        timeline.write(
            incident, "struck", now=now, actor=actor, note=reason, entry=entry.pk, kind_of=entry.kind
        )
        mine.touch(incident)
    return entry
