"""系统管理: system state, event log, accounts and their locks."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from exam_ops.core import access
from exam_ops.core.deadlines import alarms
from exam_ops.core.locks import locks
from exam_ops.core.models import ExamPlan, ExamSite, SiteUnit, TimeUnit, User
from exam_ops.core.pages import Page
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from exam_ops.workbench import services, words
from exam_ops.workbench.selectors import accounts, log
from exam_ops.workbench.selectors.state import system_state
from exam_ops.workbench.views.live import LivePage

ACCOUNTS_PER_PAGE = 50
SITES_IN_A_LIST = 300
_RETRIED = Text("已安排立即重试，结果几秒后显示。", "It is tried at once; the result shows in a few seconds.")
_UNLOCKED = Text("{name} 已解锁，可以马上重新登录。", "{name} is unlocked and may sign in again at once.")


class SystemState(LivePage):
    """系统状态, drawn anew every few seconds."""

    action = "system.see"
    template = "workbench/system.html"
    fragment = "workbench/_system.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.answer(lambda: self.now, lambda: self.look())

    def look(self) -> dict[str, Any]:
        return {"system": system_state(now=self.now), "may_retry": self.actor.may("system.retry")}


class SystemRetry(Page):
    """Tries something that failed at once instead of at its next time."""

    action = "system.retry"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return redirect("system-state")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        try:
            alarms.retry_now(
                request.POST.get("kind", ""),
                request.POST.get("key", ""),
                actor=self.actor.user,
                now=self.now,
            )
            self.tell(_RETRIED)
        except alarms.NothingToRetry as refusal:
            self.warn(refusal)
        return redirect("system-state")


class EventLog(Page):
    """事件日志, by keys: each page costs the same however deep it lies."""

    action = "event.see"
    template = "workbench/log.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        get = request.GET
        chosen = log.Chosen(
            plan=get.get("plan", "")[:40],
            unit=get.get("unit", "")[:20],
            site=get.get("site", "")[:20],
            group=get.get("kind", "")[:20],
            before=_key(get.get("before", "")),
            after=_key(get.get("after", "")),
        )
        page = log.page(self.actor, chosen)
        rows = [
            {"event": event, "kind": words.kind_of(event), "place": _place(event)} for event in page.events
        ]
        return self.show({"page": page, "rows": rows, "chosen": chosen, **self.choices(chosen)})

    def choices(self, chosen: log.Chosen) -> dict[str, Any]:
        scope = access.visible(self.actor, SiteUnit, self.action)
        units = TimeUnit.objects.filter(plan__code=chosen.plan) if chosen.plan else TimeUnit.objects.none()
        return {
            "plans": ExamPlan.objects.filter(pk__in=scope.values("unit__plan")).order_by(
                "-starts_on", "code"
            ),
            "units": units,
            "sites": access.visible(self.actor, ExamSite, self.action).order_by("code")[:SITES_IN_A_LIST],
            "groups": words.GROUPS.items(),
        }


class AccountList(Page):
    """账号与角色."""

    action = "account.see"
    template = "workbench/accounts.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        text, role = request.GET.get("q", "").strip()[:64], request.GET.get("role", "")
        only_locked = bool(request.GET.get("locked"))
        found = accounts.accounts(self.actor, text=text, role=role, only_locked=only_locked, now=self.now)
        page = Paginator(found, ACCOUNTS_PER_PAGE).get_page(request.GET.get("page"))
        users = list(page.object_list)
        locked = locks([user.username for user in users], now=self.now)
        unlockable = accounts.may_unlock(self.actor, users)
        codeable = accounts.may_have_code(self.actor, users)
        rows = [
            {
                "user": user,
                "roles": words.memberships_of(user),
                "lock": locked.get(user.username),
                "can_unlock": user.pk in unlockable,
                "can_have_code": user.pk in codeable,
            }
            for user in users
        ]
        roles = [(role.value, words.ROLE_LABELS[role]) for role in Role]
        context = {
            "page": page,
            "rows": rows,
            "roles": roles,
            "q": text,
            "role": role,
            "only_locked": only_locked,
        }
        return self.show(context)


class AccountUnlock(Page):
    """Lifts the locks of one account (E11)."""

    action = "account.unlock"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        account = access.get(self.actor, User, self.action, pk=pk)
        services.unlock(account, actor=self.actor.user, now=self.now)
        self.tell(_UNLOCKED.format(name=account.name))
        return redirect(back(request, "account-list"))


def back(request: HttpRequest, otherwise: str) -> str:
    """The page that the form stood on; never another host's."""
    referrer = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(referrer, allowed_hosts={request.get_host()})
    return referrer if safe else otherwise


def _key(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


def _place(event: Any) -> str:
    parts = []
    if event.plan and not event.site_unit:
        parts.append(event.plan.name)
    if event.site_unit:
        parts += [event.site_unit.site.name, str(event.site_unit.unit)]
    if event.room_session:
        parts.append(_("{room}考场").format(room=event.room_session.room.room_no))
    if event.sitting:
        parts.append(event.sitting.candidate.name)
    if event.subject:
        parts.append(event.subject)
    return " · ".join(parts)
