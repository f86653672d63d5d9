"""监考变更: the branch's queue to decide, and what was asked and became of it."""

from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from exam_ops.core import access, clock
from exam_ops.core.errors import NotFound, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan, SiteUnit, TimeUnit
from exam_ops.core.pages import Page
from proctors import words
from proctors.forms import DecisionForm
from proctors.models import ProctorChange
from proctors.selectors.changes import changes, waiting_changes
from proctors.services import deciding, telling
from proctors.services.deciding import Answer, Decided
from proctors.views.choosing import ByPlan

PER_PAGE = 50
SHOWN_AT_ONCE = 40  # of the queue: what ends first
Status = ProctorChange.Status


class ProctorChanges(ByPlan):
    """GET shows queue and list; POST decides `ids` with `outcome` and `reason`."""

    action = "change.see"
    template = "proctors/changes.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.draw()

    def post(self, request: HttpRequest) -> HttpResponse:
        self.actor.require(deciding.ACTION)
        form = DecisionForm(request.POST)
        if not form.is_valid():
            picked = set(request.POST.getlist("ids"))
            return self.draw(
                error=form.first_error, picked=picked, reason=request.POST.get("reason", ""), status=422
            )
        said = form.cleaned_data
        try:
            done = deciding.decide_many(
                said["ids"], outcome=said["outcome"], note=said["reason"], actor=self.actor, clock=clock.now
            )
        except deciding.Expired as refusal:
            self.warn(refusal)
            return redirect(request.get_full_path())
        if not (done.decided or done.repeated or done.skipped):
            raise NotFound()
        self._say(done, said["outcome"])
        return redirect(request.get_full_path())

    def draw(
        self, *, error: str = "", picked: Collection[str] = (), reason: str = "", status: int = 200
    ) -> HttpResponse:
        scope = access.visible(self.actor, SiteUnit, self.action)
        plans = self.plans_of(scope)
        plan = self.plan_of(plans, scope)
        if plan is None:
            return self.show({"plans": []}, status=status)
        self.about(plan)
        units = list(TimeUnit.objects.filter(plan=plan, site_units__in=scope).distinct())
        return self.show(
            {
                "plans": plans,
                "plan": plan,
                "units": units,
                "statuses": [(key, label) for key, (label, _) in words.STATUSES.items()],
                "decides": self.actor.may(deciding.ACTION),
                **self.queue(plan, picked),
                "page": self.listed(plan, units),
                "chosen": {name: self.request.GET.get(name, "") for name in ("unit", "status")},
                "error": error,
                "reason": reason,
                "refusals": words.REFUSALS,
                "here": self.request.get_full_path(),
            },
            status=status,
        )

    def queue(self, plan: ExamPlan, picked: Collection[str]) -> dict[str, Any]:
        """What waits for the actor's branch, each with what stands against approving it; and how many there are."""
        if not self.actor.may(deciding.ACTION):
            return {"queue": [], "waiting": 0}
        every = waiting_changes(self.actor, self.now).filter(site_unit__unit__plan=plan)
        waiting = list(every[:SHOWN_AT_ONCE])
        answers = deciding.can_decide(self.actor, waiting, now=self.now)
        may_reject = {
            a.change.pk
            for a in deciding.can_decide(self.actor, waiting, outcome=Status.REJECTED, now=self.now)
            if a.refusal is None
        }
        cards = [
            shown(a.change)
            | {
                "why_not": a.refusal.detail if a.refusal else "",
                "may_approve": a.refusal is None,
                "may_reject": a.change.pk in may_reject,
                "picked": str(a.change.pk) in picked,
                "dialog": f"reject-{a.change.pk}",
                "reject": {"ids": a.change.pk, "outcome": Status.REJECTED.value},
            }
            for a in answers
        ]
        total = every.count() if len(cards) == SHOWN_AT_ONCE else len(cards)
        return {"queue": cards, "waiting": total, "more": total - len(cards)}

    def listed(self, plan: ExamPlan, units: list[TimeUnit]) -> Any:
        """A page of everything in scope, with a way to take back what is one's own."""
        asked = {name: self.request.GET.get(name, "") for name in ("unit", "status")}
        unit = asked["unit"] if asked["unit"] in {u.code for u in units} else ""
        status = asked["status"] if asked["status"] in words.STATUSES else ""
        rows = changes(self.actor, now=self.now, plan=plan.code, unit=unit, status=status)
        page: Any = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        mine = self.actor.user.pk
        page.object_list = [
            shown(c) | {"may_withdraw": c.requested_by_id == mine and effective(c) == Status.PENDING}
            for c in page.object_list
        ]
        return page

    def _say(self, done: Decided, outcome: str) -> None:
        size = len(done.decided) + len(done.repeated)
        if size and outcome == Status.APPROVED:
            self.tell(ngettext("已批准 %(n)d 项变更。", "已批准 %(n)d 项变更。", size) % {"n": size})
        elif size:
            self.tell(ngettext("未批准 %(n)d 项变更。", "未批准 %(n)d 项变更。", size) % {"n": size})
        for detail, number in Counter(_why(answer) for answer in done.skipped).items():
            said = gettext("%(n)d 项未办理：%(why)s") % {"n": number, "why": detail}
            messages.warning(self.request, said)


class ProctorChangeWithdraw(Page):
    """Takes one's own request back."""

    action = "change.request"

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        try:
            change, _ = deciding.withdraw(pk, actor=self.actor, clock=clock.now)
        except (deciding.AlreadyDecided, deciding.Expired) as refusal:
            self.warn(refusal)
            return redirect("proctor-changes")
        self.tell(gettext("已撤回。"))
        return redirect(f"{reverse('proctor-changes')}?plan={change.site_unit.unit.plan.code}")


def effective(change: ProctorChange) -> str:
    return str(getattr(change, "effective", change.status))


def shown(change: ProctorChange) -> dict[str, Any]:
    """One change as page rows need it."""
    label, tone = words.STATUSES[Status(effective(change))]
    plan = change.site_unit.unit.plan
    return {
        "change": change,
        "plan": plan,
        "what": telling.what(change),
        "kind": words.KINDS[ProctorChange.Window(change.window)],
        "urgent": change.window == ProctorChange.Window.EMERGENCY,
        "label": label,
        "waits": effective(change) == Status.PENDING,
        "tone": tone,
        "until": plan.laid_time(change.window_until),
        "requested_at": plan.plan_time(change.requested_at),
        "decided_at": plan.plan_time(change.decided_at) if change.decided_at else None,
        "removal": change.incoming is None,
    }


def _why(answer: Answer) -> str:
    refusal: Refusal | None = answer.refusal
    return say(refusal.detail) if refusal else ""
