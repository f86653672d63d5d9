"""As whom somebody asks for a change of a roster, in which window, and why not (C8, readings 22–25)."""

from datetime import datetime

from exam_ops.core import policies
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotAllowed, Refusal
from exam_ops.core.models import ExamSite, RoomSession
from exam_ops.rules.permissions import Right, Role
from exam_ops.rules.policy import Policy
from exam_ops.rules.proctor_changes import Asker, ChangeWindow, window_for
from exam_ops.rules.text import Text

ACTION = "change.request"


class WindowClosed(Refusal):
    code, status = "window_closed", 409
    title = Text("监考变更已截止", "Proctor changes are closed")
    sentence = Text(
        "开考前 2 小时起考点不能再变更监考。确需更换，请主考提交紧急更换，由分部值班人员批准。",
        "From 2 hours before the start the site can't change proctors any more. "
        "Have the chief examiner ask for an emergency replacement; the branch's duty officer grants it.",
    )


class EntryClosed(WindowClosed):
    sentence = Text(
        "本单元已停止入场，监考不再变更。如考场仍缺监考，请上报应急事件。",
        "Entry to this unit has closed; its proctors change no more. If a room lacks one, report an incident.",
    )


class NotYours(NotAllowed):
    sentence = Text(
        "现在由考点提出变更、分部审批。分部的紧急更换自开考前 2 小时开始。",
        "For now the site asks and the branch decides. The branch's own emergency replacement begins "
        "2 hours before the start.",
    )


class OnlyDutyOfficer(NotAllowed):
    sentence = Text(
        "紧急更换由分部值班人员办理。请联系本分部值班人员。",
        "Emergency replacements are the branch duty officer's. Ask your branch's duty officer.",
    )


def asker_window(
    actor: Actor, session: RoomSession, *, now: datetime, policy: Policy | None = None
) -> tuple[Asker, ChangeWindow]:
    """As whom the actor asks, and the window: of several roles the one that reaches furthest.

    `session` comes with its site unit, unit, plan and site; `policy` is the plan's, where it has been read.
    Raises `NotAllowed`.
    """
    site_unit = session.site_unit
    askers = askers_of(actor, site_unit.site)
    if not askers:
        raise OnlyDutyOfficer() if actor.has(Role.BRANCH) else NotAllowed()
    policy = policy or policies.of(site_unit.unit.plan)
    found = [(a, window_for(a, start=site_unit.starts_at, now=now, policy=policy)) for a in askers]
    theirs = [(asker, window) for asker, window in found if window is not None]
    if not theirs:
        raise NotYours()
    return next((each for each in theirs if each[1] is not ChangeWindow.CLOSED), theirs[0])


def closed(session: RoomSession, now: datetime) -> WindowClosed:
    """Why nothing may be asked for any more: the site's time is over, or the unit's."""
    return WindowClosed() if now < session.site_unit.entry_closes_at else EntryClosed()


def askers_of(actor: Actor, site: ExamSite) -> list[Asker]:
    """As whom the actor may ask at `site`, the furthest-reaching first."""
    found = set()
    for grant in actor.holding(ACTION):
        if grant.site_id == site.pk:
            found.add(Asker.CHIEF if grant.role is Role.CHIEF else Asker.SITE)
        elif grant.branch_id == site.branch_id and Right.DUTY in grant.rights:
            found.add(Asker.DUTY)
    return [asker for asker in (Asker.DUTY, Asker.CHIEF, Asker.SITE) if asker in found]
