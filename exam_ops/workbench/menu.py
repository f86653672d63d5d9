"""The menu in the plan's own words, and what every page's frame shows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from exam_ops.core import clock, drill
from exam_ops.core.access import Actor, actor_for
from exam_ops.core.models import ExamPlan, User
from exam_ops.rules.permissions import Role
from exam_ops.workbench.links import url_or_nothing
from exam_ops.workbench.words import ROLE_LABELS
from incidents import decision_selectors
from incidents.services import messages


@dataclass(frozen=True)
class Entry:
    """One line of the menu: shown to those who hold `action`."""

    label: Any
    url_name: str = ""
    action: str = ""
    icon: str = ""
    children: tuple["Entry", ...] = field(default=())


MENU: tuple[Entry, ...] = (
    Entry(_("工作台"), "home", icon="layout-dashboard"),
    Entry(_("手机页面"), "phone-start", "phone.see", icon="device-mobile"),
    Entry(
        _("考务管理"),
        icon="calendar-event",
        children=(
            Entry(_("考试计划"), "plan-list", "plan.see"),
            Entry(_("导入计划"), "plan-load", "plan.load"),
            Entry(_("期限总览"), "deadline-overview", "deadline.see"),
            Entry(_("准考证"), "ticket-list", "ticket.print"),
            Entry(_("实名认证"), "registry", "registry.see"),
            Entry(_("监考编排"), "roster", "roster.see"),
            Entry(_("编排检查"), "roster-check", "roster.check"),
            Entry(_("范围外选择"), "wanted-duties", "change.see"),
            Entry(_("监考变更"), "proctor-changes", "change.see"),
            Entry(_("考前准备"), "readiness", "readiness.see"),
            Entry(_("监考回避"), "recusal-list", "recusal.see"),
        ),
    ),
    Entry(
        _("考点管理"),
        icon="building",
        children=(
            Entry(_("考点信息管理"), "site-list", "site.see"),
            Entry(_("副主考授权"), "delegation-list", "delegation.see"),
        ),
    ),
    Entry(
        _("考风考纪管理"),
        icon="shield-check",
        children=(
            Entry(_("人脸识别签到管理"), "sign-in-plans", "sign_in.see"),
            Entry(_("核查清单"), "sign-in-review", "sign_in.see"),
            Entry(
                _("考试过程监督与管理"),
                children=(
                    Entry(
                        _("监考记录与考后核验管理"),
                        "exam-records",
                        "evidence.see",
                        children=(
                            Entry(_("应急材料审核"), "evidence-reviews", "evidence_review.see"),
                            Entry(_("应急任务"), "evidence-duties", "evidence.see"),
                            Entry(_("应急材料封存包"), "package-list", "package.see"),
                            Entry(_("考后核验"), "post-exam", "post_exam.see"),
                        ),
                    ),
                ),
            ),
        ),
    ),
    Entry(
        _("应急事件"),
        icon="alert-triangle",
        children=(
            Entry(_("事件看板"), "incident-list", "incident.see"),
            Entry(_("总部指令"), "decision-list", "decision.see"),
        ),
    ),
    Entry(_("考试客户端"), "client-board", "client.see", icon="device-desktop"),
    Entry(_("技术支持"), "support-desk", "support.see", icon="lifebuoy"),
    Entry(
        _("系统管理"),
        icon="settings",
        children=(
            Entry(_("系统状态"), "system-state", "system.see"),
            Entry(_("App 版本"), "app-release-list", "release.see"),
            Entry(_("上报阶梯"), "ladder-list", "ladder.see"),
            Entry(_("事件日志"), "event-log", "event.see"),
            Entry(_("账号与角色"), "account-list", "account.see"),
            Entry(_("通知渠道"), "channel-list", "channel.set"),
            Entry(_("消息模板"), "template-list", "template.edit"),
            Entry(_("发送记录"), "delivery-list", "delivery.see"),
            Entry(_("值班表"), "duty-roster", "duty.see"),
            Entry(_("技术支持联系人"), "contact-list", "contact.edit"),
        ),
    ),
)


def ui(request: HttpRequest) -> dict[str, Any]:
    """Context of the frame; worked out only where a template shows it, so that polled fragments pay nothing."""
    return {"ui": SimpleLazyObject(lambda: _frame(request)), "exam_plan": getattr(request, "exam_plan", None)}


def _frame(request: HttpRequest) -> dict[str, Any]:
    """Menu, who is signed in, the clock of the page's plan, the drill bar."""
    actor = _actor(request)
    plan: ExamPlan | None = getattr(request, "exam_plan", None)
    now = clock.now()
    unread, of_decisions = messages.unread_and_decisions(actor.user) if actor else (0, 0)
    frame: dict[str, Any] = {
        "menu": _shown(MENU, actor, request.path) if actor else [],
        "actor_name": actor.user.name if actor else "",
        "role_label": _roles(actor),
        "now_iso": (plan.plan_time(now) if plan else now).isoformat(),
        "drill": None,
        "unread": unread,
        "decisions": decision_selectors.banner(actor.user) if actor and of_decisions else [],
        "inbox_url": url_or_nothing("inbox") if actor else "",
    }
    if plan is not None and plan.is_drill:
        frame["drill"] = drill_bar(plan, actor, now)
    return frame


def _actor(request: Any) -> Actor | None:
    """Who looks at the page; also where no view has said so, as on the page of an unknown address."""
    user = getattr(request, "user", None)
    if not hasattr(request, "actor") and isinstance(user, User):
        request.actor = actor_for(user, now=clock.now())
    return getattr(request, "actor", None)


def _roles(actor: Actor | None) -> str:
    return " · ".join(str(ROLE_LABELS[Role(role)]) for role in actor.roles) if actor else ""


def _shown(entries: tuple[Entry, ...], actor: Actor, path: str) -> list[dict[str, Any]]:
    shown = []
    for entry in entries:
        if entry.action and not actor.may(entry.action):
            continue
        children = _shown(entry.children, actor, path)
        url = url_or_nothing(entry.url_name)
        if not url and not children:
            continue
        is_here = bool(url) and (path == url or (url != "/" and path.startswith(url)))
        shown.append(
            {
                "label": entry.label,
                "icon": entry.icon,
                "url": url or children[0]["url"],
                "children": children,
                "active": is_here or any(child["active"] for child in children),
            }
        )
    return _one_active(shown)


def _one_active(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of neighbours whose addresses begin alike, the page is the one that says most of its own."""
    here = max((line for line in shown if line["active"]), key=lambda line: len(line["url"]), default=None)
    return [line | {"active": line is here} for line in shown]


def drill_bar(plan: ExamPlan, actor: Actor | None, now: datetime) -> dict[str, Any]:
    """What the bar over a drill's pages shows: its clock, what comes next, where it may jump."""
    upcoming = drill.upcoming(plan, now=now, count=4)
    plan_now = plan.plan_time(now)
    return {
        "plan_code": plan.code,
        "plan_now": plan_now,
        "next_label": upcoming[0].deadline.label if upcoming else None,
        "next_at": upcoming[0].at if upcoming else None,
        "upcoming": [
            (due.deadline.label, due.at, int((due.at - plan_now).total_seconds())) for due in upcoming
        ],
        "bar_url": reverse("drill-bar", args=[plan.code]),
        "jump_url": reverse("drill-jump", args=[plan.code]),
        "can_jump": bool(actor and actor.may("drill.move") and upcoming),
    }
