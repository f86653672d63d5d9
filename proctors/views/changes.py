"""监考变更: the branch's queue to decide, one request with all its pieces, what was asked and became of it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from exam_ops.core import access, clock
from exam_ops.core.errors import NotFound
from exam_ops.core.models import ExamPlan, ExamSite, SiteUnit, TimeUnit
from exam_ops.core.pages import Page
from proctors import words
from proctors.change_query import ChangeQuery
from proctors.models import ProctorChange
from proctors.selectors.changes import RELATED, changes, waiting_changes, with_effective_status
from proctors.services import deciding
from proctors.views.change_cards import by_request, cards, effective, shown
from proctors.views.deciding import DecidingPage

PER_PAGE = 50
SHOWN_AT_ONCE = 40  # of the queue: what ends first
Status = ProctorChange.Status


class ProctorChanges(DecidingPage):
    """GET shows queue and list."""

    template = "proctors/changes.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.draw()

    def draw(
        self, *, error: str = "", picked: Collection[str] = (), reason: str = "", status: int = 200
    ) -> HttpResponse:
        scope = access.visible(self.actor, SiteUnit, self.action)
        plans = self.plans_of(scope)
        plan = self.plan_of(plans, scope)
        if plan is None:
            return self.show({"plans": []}, status=status)
        self.about(plan)
        query = replace(ChangeQuery.of(self.request.GET), plan=plan.code)
        units = list(TimeUnit.objects.filter(plan=plan, site_units__in=scope).distinct())
        asked_at = access.visible(self.actor, ProctorChange, self.action).filter(site_unit__unit__plan=plan)
        sites = ExamSite.objects.filter(pk__in=asked_at.values("site_unit__site"))
        return self.show(
            {
                "plans": plans,
                "plan": plan,
                "units": units,
                "sites": list(sites.order_by("code")),
                "statuses": [(key, label) for key, (label, _) in words.STATUSES.items()],
                "urgencies": words.URGENCIES,
                "decides": self.actor.may(deciding.ACTION),
                **self.queue(plan, query, picked),
                "page": self.listed(query),
                "chosen": query,
                "error": error,
                "reason": reason,
                "refusals": words.REFUSALS,
                "here": self.request.get_full_path(),
            },
            status=status,
        )

    def queue(self, plan: ExamPlan, query: ChangeQuery, picked: Collection[str]) -> dict[str, Any]:
        """What waits for the actor's branch by request, with what stands against approving it; how many there are."""
        if not self.actor.may(deciding.ACTION):
            return {"queue": [], "waiting": 0}
        every = waiting_changes(self.actor, self.now).filter(site_unit__unit__plan=plan)
        meant = every.filter(query.waiting(plan, self.now))
        waiting = list(meant[:SHOWN_AT_ONCE])
        total = meant.count() if len(waiting) == SHOWN_AT_ONCE else len(waiting)
        return {
            "queue": by_request(cards(self.actor, waiting, picked=picked, now=self.now)),
            "waiting": total,
            "more": total - len(waiting),
            "elsewhere": every.count() - total if query.is_narrow else 0,
        }

    def listed(self, query: ChangeQuery) -> Any:
        """A page of everything in scope, with a way to take back what is one's own."""
        rows = changes(self.actor, now=self.now, **query.listed)
        page: Any = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        page.object_list = listed(page.object_list, self.actor.user.pk)
        return page


class ProctorChangeRequest(DecidingPage):
    """What was asked for in one go: the pieces that wait, to be decided together or apart, and what became of all."""

    template = "proctors/change_request.html"

    def get(self, request: HttpRequest, batch: UUID) -> HttpResponse:
        return self.draw()

    def draw(
        self, *, error: str = "", picked: Collection[str] = (), reason: str = "", status: int = 200
    ) -> HttpResponse:
        mine = access.visible(self.actor, ProctorChange, self.action).filter(batch=self.kwargs["batch"])
        rows = with_effective_status(mine, now=self.now).select_related(*RELATED)
        pieces = list(rows.order_by("site_unit__start", "room_session__room__room_no", "pk"))
        if not pieces:
            raise NotFound()
        plan = pieces[0].site_unit.unit.plan
        self.about(plan)
        decides = self.actor.may(deciding.ACTION)
        waiting = [p for p in pieces if effective(p) == Status.PENDING] if decides else []
        return self.show(
            {
                "plan": plan,
                "first": shown(pieces[0]),
                "size": len(pieces),
                "decides": bool(waiting),
                "queue": by_request(cards(self.actor, waiting, picked=picked, now=self.now)),
                "waiting": len(waiting),
                "pieces": listed(pieces, self.actor.user.pk),
                "error": error,
                "reason": reason,
                "refusals": words.REFUSALS,
                "here": self.request.get_full_path(),
                "is_request": True,
            },
            status=status,
        )


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


def listed(rows: Sequence[ProctorChange], reader: int) -> list[dict[str, Any]]:
    """Changes as rows of the list; whoever asked may take back what waits."""
    return [
        shown(row)
        | {
            "url": reverse("proctor-change-request", args=[row.batch]),
            "may_withdraw": row.requested_by_id == reader and effective(row) == Status.PENDING,
        }
        for row in rows
    ]
