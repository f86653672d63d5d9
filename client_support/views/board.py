"""考试客户端: who is in, who waits, who was refused, and the queue of logins to authorise (D2, D9)."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from client_support.selectors import board as rows
from client_support.selectors.board import Board
from client_support.services import authorisations
from client_support.services.authorisations import ACTION as AUTHORISE
from client_support.services.authorisations import Decided
from client_support.views import parts, words
from exam_ops.core import access
from exam_ops.core.examclock import exam_clock
from exam_ops.core.models import ExamPlan, RoomSession, SiteUnit, TimeUnit
from exam_ops.core.pages import Page
from exam_ops.rules.permissions import Role

SEE = "client.see"


class ClientBoard(Page):
    """One site's unit by room; above it, where the reader sees several sites, the sites with trouble first."""

    action = SEE
    template = "client_support/board.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        scope = access.visible(self.actor, SiteUnit, SEE)
        plans = list(
            ExamPlan.objects.filter(units__site_units__in=scope).distinct().order_by("-starts_on", "code")
        )
        if not plans:
            return self.show({"plans": []})
        present = rows.present(scope, now=self.now)
        plan = self._plan(plans, present)
        self.about(plan)
        units = list(TimeUnit.objects.filter(plan=plan, site_units__in=scope).distinct())
        unit = self._unit(units, rows.present(scope.filter(unit__plan=plan), now=self.now))
        here = (
            scope.filter(unit=unit)
            .select_related("site__branch", "unit__plan")
            .order_by("site__branch__code", "site__code")
        )
        head = {"plans": plans, "plan": plan, "units": units, "unit": unit, "several": here.count() > 1}
        site_unit = self._site_unit(list(here))
        response = (
            self._overview(here, head) if site_unit is None else self._site(site_unit, head, list(here))
        )
        patch_vary_headers(response, ["HX-Request"])
        return response

    def _plan(self, plans: list[ExamPlan], present: SiteUnit | None) -> ExamPlan:
        if asked := self.request.GET.get("plan"):
            return access.get(self.actor, ExamPlan, "plan.see", code=asked)
        return present.unit.plan if present else plans[0]

    def _unit(self, units: list[TimeUnit], present: SiteUnit | None) -> TimeUnit | None:
        asked = self.request.GET.get("unit")
        return next((u for u in units if u.code == asked), present.unit if present else None)

    def _site_unit(self, here: list[SiteUnit]) -> SiteUnit | None:
        if asked := self.request.GET.get("site"):
            return access.get(
                self.actor,
                SiteUnit,
                SEE,
                rows=SiteUnit.objects.select_related("site__branch", "unit__plan"),
                unit=here[0].unit if here else None,
                site__code=asked,
            )
        return here[0] if len(here) == 1 else None

    # --- many sites ---

    def _overview(self, here: Any, head: dict[str, Any]) -> HttpResponseBase:
        def draw() -> dict[str, Any]:
            figures = rows.figures(here)
            lines = [{"site_unit": su, "figures": figures[su.pk], "url": parts.address_of(su)} for su in here]
            lines.sort(key=lambda line: not line["figures"].is_troubled)
            return head | {"lines": lines, "url": self.request.get_full_path(), "many": True}

        if not self._is_poll:
            return self.show(draw())
        mark = rows.mark(RoomSession.objects.filter(site_unit__in=here))
        return self._live(mark, head["plan"], draw, "client_support/_sites.html")

    # --- one site ---

    def _site(self, site_unit: SiteUnit, head: dict[str, Any], here: list[SiteUnit]) -> HttpResponseBase:
        rooms = rooms_of(self.actor, site_unit)

        def draw() -> dict[str, Any]:
            return head | {"siblings": here} | self._board(site_unit, rows.board(site_unit, rooms))

        if self._is_poll:
            mark = (rows.mark(rooms), int(self.now.timestamp() // 60))
            return self._live(mark, head["plan"], draw, "client_support/_board.html")
        clock = exam_clock(site_unit, head["plan"], self.now)
        return self.show(draw() | {"clock": clock})

    def _board(self, site_unit: SiteUnit, found: Board) -> dict[str, Any]:
        asked = {name: self.request.GET.get(name, "") for name in ("room", "show")}
        may = access.refused(self.actor, AUTHORISE, site_unit) is None
        seats = [s for room in found.rooms if parts.is_room(room, asked["room"]) for s in room.seats]
        meant = sorted(
            (s for s in seats if not asked["show"] or s.state == asked["show"]), key=rows.trouble_first
        )
        return {
            "site_unit": site_unit,
            "url": self.request.get_full_path(),
            "asked": asked,
            "counts": parts.counts(found, site_unit, asked),
            "rooms": [parts.room_row(room, site_unit, asked["show"]) for room in found.rooms],
            "seats": [parts.seat_row(s, site_unit) for s in meant] if any(asked.values()) else None,
            "everything_url": parts.address_of(site_unit),
            "queue": parts.request_cards(found.queue, site_unit),
            "granted": found.granted,
            "may_authorise": may,
            "sees_lines": self.actor.may("address.see"),
            "deny_reasons": words.DENY_REASONS,
        }

    @property
    def _is_poll(self) -> bool:
        return bool(getattr(self.request, "htmx", False))

    def _live(self, mark: Any, plan: ExamPlan, draw: Any, template: str) -> HttpResponseBase:
        grants = [(g.role.value, g.branch_id, g.site_id) for g in self.actor.grants]
        key = (self.actor.user.pk, grants, mark, plan.clock_offset, self.request.GET.urlencode())
        response = self.live(key, lambda: self.show(draw(), template=template))
        response["X-Clock-Now"] = plan.plan_time(self.now).isoformat()
        return response


class LoginAuthorise(Page):
    """Decides one login or many; what could not be decided is told, and spoils nothing."""

    action = AUTHORISE

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows_ = SiteUnit.objects.select_related("site", "unit__plan")
        site_unit = access.get(self.actor, SiteUnit, AUTHORISE, rows=rows_, pk=pk)
        ids, outcome = _ids(request.POST.getlist("logins")), request.POST.get("outcome", "")
        reason = request.POST.get("reason", "").strip()[:200]
        if not ids or outcome not in authorisations.OUTCOMES:
            messages.warning(request, _("没有选择登录申请。请先勾选再授权。"))
        elif outcome == authorisations.DENIED and not reason:
            messages.error(request, _("不授权须写明原因，考生端会看到。"))
        else:
            self._say(
                authorisations.decide(ids, outcome, reason=reason, actor=self.actor, now=self.now), outcome
            )
        return redirect(parts.address_of(site_unit))

    def _say(self, decided: list[Decided], outcome: str) -> None:
        done = sum(1 for each in decided if each.status == outcome)
        if done and outcome == authorisations.AUTHORISED:
            self.tell(
                ngettext(
                    "已授权 %(n)d 人，10 分钟内可在本机登录。",
                    "已授权 %(n)d 人，10 分钟内可在本机登录。",
                    done,
                )
                % {"n": done}
            )
        elif done:
            self.tell(ngettext("已拒绝 %(n)d 人。", "已拒绝 %(n)d 人。", done) % {"n": done})
        for code, number in Counter(each.code for each in decided if each.code).items():
            why = words.WHY_SKIPPED.get(code, code)
            messages.warning(
                self.request, _("{n} 人未办理：{why}").format(n=number, why=_who(decided, code, str(why)))
            )


def _who(decided: Iterable[Decided], code: str, why: str) -> str:
    """For what somebody else decided: by whom and how."""
    if code != "already_decided":
        return why
    names = {
        each.login.decided_by.name
        for each in decided
        if each.code == code and each.login and each.login.decided_by
    }
    return f"{why}（{'、'.join(sorted(names))}）"


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts[:500]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def rooms_of(actor: access.Actor, site_unit: SiteUnit) -> Any:
    """The rooms that the reader may see: a proctor's own, everybody else's whole site."""
    rooms = RoomSession.objects.filter(site_unit=site_unit)
    if all(grant.role is Role.PROCTOR for grant in actor.holding(SEE)):
        rooms = rooms.filter(roster__proctor=actor.user)
    return rooms
