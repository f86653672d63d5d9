"""考后核验: one verdict a pair, the first wins; a finding goes to the branch (C16)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from exam_ops.core import access, events, schedule
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, NotFound, Refusal
from exam_ops.core.models import SiteUnit, Sitting, User
from exam_ops.rules import post_exam
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.post_exam import FINDINGS, Result
from exam_ops.rules.text import Text
from verification.models import EntryRequest, PostExamCheck, PostExamHold, PostExamRun, SignIn
from verification.selectors.post_exam import LET_IN
from verification.selectors.sitting_facts import sign_ins_of

HELD_FOR = timedelta(minutes=2)
RESULTS = {
    Result.SAME: Text("一致", "the same person"),
    Result.DOUBT: Text("存疑", "in doubt"),
    Result.DIFFERS: Text("不一致", "not the same person"),
}


class NotEnded(Refusal):
    code, status = "unit_not_ended", 409
    title = Text("考试还没有结束", "The unit has not ended")
    sentence = Text(
        "考后核验从本时间单元结束时开始。请在结束后再来。",
        "The check begins when this unit ends. Come back then.",
    )


class AlreadyChecked(Refusal):
    code, status = "already_checked", 409
    title = Text("已有人核验", "Already checked")
    sentence = Text(
        "{name}已由 {by} 于 {at} 核验为“{what}”，以先提交的为准。请继续下一对。",
        "{by} has checked {name} at {at}: {what}. The first verdict holds; go on with the next pair.",
    )

    def __init__(self, check: PostExamCheck) -> None:
        at = check.site_unit.unit.plan.plan_time(check.at).astimezone(BEIJING)
        name = check.sitting.candidate.name
        said = self.sentence.format(
            name=name, by=check.by.name, at=f"{at:%H:%M}", what=RESULTS[Result(check.result)]
        )
        super().__init__(detail=said, result=check.result, checked_by=check.by.name)


class PhotoArrived(Refusal):
    code, status = "photo_arrived", 409
    title = Text("照片已更新", "The photo is new")
    sentence = Text(
        "核验期间这名考生的签到照片刚刚到达。请看过新照片后再判断。",
        "This candidate's photo has just arrived. Look at it before you decide.",
    )


class NothingToUndo(Refusal):
    code, status = "nothing_to_undo", 409
    title = Text("不能撤销", "It can't be undone")
    sentence = Text(
        "只能撤销自己的、分部还没有查看的结论。请联系分部更正。",
        "Only your own verdict can be taken back, and only until the branch has seen it. Ask the branch to correct it.",
    )


NOTE_OF_A_FINDING = Text("存疑或不一致须写明情况。", "Say what is doubtful or different.")
NOTE_WITHOUT_A_PHOTO = Text(
    "没有照片可比对，请写明依据。", "There is no photo to compare: say what you go by."
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody says of one pair; `photo` is the SHA-256 that stood on their screen."""

    sitting_id: int
    result: Result
    note: str = ""
    photo: str = ""


def give(verdict: Verdict, *, site_unit: SiteUnit, actor: Actor, now: datetime) -> PostExamCheck:
    """Keeps a verdict; the same by the same person again changes nothing.

    Raises `NotAllowed`, `NotEnded` before the unit's end, `NotFound` for somebody who was not let in there,
    `Invalid` without the note that is needed, `PhotoArrived`, `AlreadyChecked`.
    """
    _require(site_unit, actor)
    with transaction.atomic():
        schedule.hold([site_unit.pk])
        site_unit.refresh_from_db(fields=["start", "end", "ends_at"])
        if now < site_unit.ends_at:
            raise NotEnded()
        sitting = _let_in(site_unit, verdict.sitting_id)
        run = _locked_run(site_unit)
        if (there := _in_force(sitting)) is not None:
            if (there.by_id, there.result) != (actor.user.pk, verdict.result):
                raise AlreadyChecked(there)
            return there
        sign_in, photo = _photo_of(sitting)
        if photo != verdict.photo:
            raise PhotoArrived()
        _require_note(verdict)
        check = PostExamCheck.objects.create(
            site_unit=site_unit,
            sitting=sitting,
            room_session=sitting.room_session,
            sign_in=sign_in,
            photo=photo,
            result=verdict.result,
            note=verdict.note.strip(),
            by=actor.user,
            at=now,
        )
        _count(run, check, 1, now)
        PostExamHold.objects.filter(sitting=sitting).delete()
        _write("post_exam.checked", check, actor.user, now)
    return check


def undo(check: PostExamCheck, *, actor: Actor, now: datetime) -> None:
    """Takes one's own verdict back; raises `NotAllowed`, `NothingToUndo`."""
    _require(check.site_unit, actor)
    with transaction.atomic():
        run = _locked_run(check.site_unit)
        own = PostExamCheck.objects.filter(
            pk=check.pk, by=actor.user, withdrawn_at=None, seen_at=None, settled_at=None
        )
        if not own.update(withdrawn_at=now):
            raise NothingToUndo()
        _count(run, check, -1, now)
        _write("post_exam.withdrawn", check, actor.user, now)


def look_again(sitting: Sitting, *, now: datetime) -> None:
    """A photo has arrived after the exam: a verdict given without it is in force no more, unless the branch settled it."""
    check = _in_force(sitting)
    if check is None or check.photo:
        return
    run = _locked_run(check.site_unit)
    unsettled = PostExamCheck.objects.filter(pk=check.pk, withdrawn_at=None, settled_at=None)
    if unsettled.update(withdrawn_at=now):
        _count(run, check, -1, now)
        _write("post_exam.withdrawn", check, None, now)


def hold(sitting_id: int, *, user: User, now: datetime) -> bool:
    """Lays one pair, and no other, on somebody's screen; False when it stands on another's."""
    PostExamHold.objects.filter(by=user).exclude(sitting=sitting_id).delete()
    until = now + HELD_FOR
    free = PostExamHold.objects.filter(Q(by=user) | Q(until__lte=now), sitting=sitting_id)
    if free.update(by=user, until=until):
        return True
    PostExamHold.objects.bulk_create(
        [PostExamHold(sitting_id=sitting_id, by=user, until=until)], ignore_conflicts=True
    )
    return PostExamHold.objects.filter(sitting=sitting_id, by=user).exists()


def _require(site_unit: SiteUnit, actor: Actor) -> None:
    if refusal := access.refused(actor, "post_exam.check", site_unit):
        raise refusal


def _let_in(site_unit: SiteUnit, sitting_id: int) -> Sitting:
    rows = Sitting.objects.select_related("candidate", "room_session")
    sitting = rows.filter(pk=sitting_id, site_unit=site_unit, entry_status__in=LET_IN).first()
    if sitting is None:
        raise NotFound()
    return sitting


def _photo_of(sitting: Sitting) -> tuple[SignIn | None, str]:
    """The sign-in that counts and the photo to compare: its own, else that of the approved request."""
    sign_in = sign_ins_of([sitting.pk]).get(sitting.pk)
    if sign_in is not None and sign_in.photo:
        return sign_in, sign_in.photo
    approved = EntryRequest.objects.filter(sitting=sitting, status=EntryRequest.Status.APPROVED)
    return sign_in, approved.values_list("photo", flat=True).first() or ""


def _require_note(verdict: Verdict) -> None:
    if verdict.note.strip():
        return
    if verdict.result in FINDINGS:
        raise Invalid(errors=[FieldError("note", "required", NOTE_OF_A_FINDING)])
    if not verdict.photo:
        raise Invalid(errors=[FieldError("note", "required", NOTE_WITHOUT_A_PHOTO)])


def _locked_run(site_unit: SiteUnit) -> PostExamRun:
    """The site unit's figures, locked: verdicts of one site stand in a row."""
    PostExamRun.objects.bulk_create([PostExamRun(site_unit=site_unit)], ignore_conflicts=True)
    return PostExamRun.objects.select_for_update(no_key=True).get(pk=site_unit.pk)


def _in_force(sitting: Sitting) -> PostExamCheck | None:
    rows = PostExamCheck.objects.select_related("by", "sitting__candidate", "site_unit__unit__plan")
    return rows.filter(sitting=sitting, withdrawn_at=None).first()


def _count(run: PostExamRun, check: PostExamCheck, step: int, now: datetime) -> None:
    """Brings the figures up to date, and lays when the branch is told."""
    is_finding = check.result in FINDINGS
    run.checked += step
    run.findings += step if is_finding else 0
    run.told = min(run.told, run.findings)
    if run.findings <= run.told:
        run.next_due_at = None
    elif is_finding or run.next_due_at is not None:
        run.next_due_at = _tell_at(run, check.site_unit, now)
    run.save(update_fields=["checked", "findings", "told", "next_due_at"])


def _tell_at(run: PostExamRun, site_unit: SiteUnit, now: datetime) -> datetime:
    plan = site_unit.unit.plan
    total = Sitting.objects.filter(site_unit=site_unit, entry_status__in=LET_IN).count()
    at = post_exam.tell_branch_at(
        now=plan.plan_time(now),
        start=site_unit.start,
        complete=run.checked >= total,
        told_before=run.told_times > 0,
    )
    due = plan.real_time(at)
    return min(due, run.next_due_at) if run.next_due_at else due


def _write(kind: str, check: PostExamCheck, actor: User | None, now: datetime) -> None:
    events.record(
        kind,
        now=now,
        actor=actor,
        site_unit=check.site_unit,
        room_session=check.room_session,
        sitting=check.sitting,
        subject=str(check.pk),
        result=check.result,
    )
