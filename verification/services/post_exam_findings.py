"""Findings of the check after the exam: told to the branch in one message a site and unit, seen and settled there (C16)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from exam_ops.core import access, events
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, NotFound, Refusal
from exam_ops.core.models import Sitting
from exam_ops.rules.escalation import Level
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from incidents.services import messages
from incidents.services.messages import Message
from verification.models import PostExamCheck, PostExamRun
from verification.selectors.post_exam import LET_IN


class AlreadySettled(Refusal):
    code, status = "already_settled", 409
    title = Text("已处理", "Already settled")
    sentence = Text(
        "该情况已由 {by} 于 {at} 处理。请查看处理说明。",
        "{by} has settled this at {at}. See the note beside it.",
    )


def tell_branches(batch: Sequence[PostExamRun], *, now: datetime) -> None:
    """Tells each branch what its sites found, one message a site and unit; `batch` is locked, with site and plan."""
    telling = [run for run in batch if run.findings > run.told]
    messages.tell_many([_message(run) for run in telling], now=now)
    for run in telling:
        run.told, run.told_times = run.findings, run.told_times + 1
    for run in batch:
        run.next_due_at = None
    PostExamRun.objects.bulk_update(batch, ["told", "told_times", "next_due_at"], batch_size=200)


def _message(run: PostExamRun) -> Message:
    site_unit = run.site_unit
    plan = site_unit.unit.plan
    let_in = Sitting.objects.filter(site_unit=site_unit, entry_status__in=LET_IN).count()
    return Message(
        messages.people_at(Level.BRANCH, site_unit),
        key=f"post-exam:{site_unit.pk}:{run.told_times + 1}",
        event="post_exam.findings",
        fields={
            "site": site_unit.site.name,
            "unit": str(site_unit.unit),
            "plan": plan.name,
            "count": run.findings,
            "new": run.findings - run.told,
            "checked": run.checked,
            "total": let_in,
        },
        url=reverse(
            "post-exam-findings",
            query={"plan": plan.code, "unit": site_unit.unit.code, "site": site_unit.site.code},
        ),
        plan=plan,
        to=[messages.organisation(Level.BRANCH, site_unit)],
    )


def see(finding: PostExamCheck, *, actor: Actor, now: datetime) -> None:
    """The branch has seen a finding; who was first stays. Raises `NotAllowed`."""
    _require(finding, actor)
    with transaction.atomic():
        rows = PostExamCheck.objects.filter(pk=finding.pk, withdrawn_at=None, seen_at=None)
        if rows.update(seen_at=now, seen_by=actor.user):
            _write("post_exam.seen", finding, actor, now)


def settle(finding: PostExamCheck, note: str, *, actor: Actor, now: datetime) -> None:
    """The branch settles a finding with a note; raises `NotAllowed`, `Invalid`, `NotFound`, `AlreadySettled`."""
    _require(finding, actor)
    if not note.strip():
        wanted = Text("请写明处理结果。", "Say what was done.")
        raise Invalid(errors=[FieldError("note", "required", wanted)])
    see(finding, actor=actor, now=now)
    with transaction.atomic():
        rows = PostExamCheck.objects.filter(pk=finding.pk, withdrawn_at=None, settled_at=None)
        if not rows.update(settled_at=now, settled_by=actor.user, settled_note=note.strip()):
            raise _settled(finding)
        PostExamRun.objects.filter(pk=finding.site_unit_id).update(settled=F("settled") + 1)
        _write("post_exam.settled", finding, actor, now)


def _require(finding: PostExamCheck, actor: Actor) -> None:
    if refusal := access.refused(actor, "post_exam.settle", finding):
        raise refusal


def _settled(finding: PostExamCheck) -> AlreadySettled:
    finding.refresh_from_db()
    if finding.settled_at is None:  # the site took it back meanwhile
        raise NotFound()
    plan = finding.site_unit.unit.plan
    at = plan.plan_time(finding.settled_at).astimezone(BEIJING)
    by = finding.settled_by.name if finding.settled_by else ""
    return AlreadySettled(by=by, at=f"{at:%m-%d %H:%M}")


def _write(kind: str, finding: PostExamCheck, actor: Actor, now: datetime) -> None:
    events.record(
        kind,
        now=now,
        actor=actor.user,
        site_unit=finding.site_unit,
        room_session=finding.room_session,
        sitting=finding.sitting,
        subject=str(finding.pk),
    )
