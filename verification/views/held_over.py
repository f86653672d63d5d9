"""留考 of one site in one unit: who is kept, where, and what became of them (E10)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.errors import Invalid, Refusal
from exam_ops.core.examclock import exam_clock
from exam_ops.core.models import ExamPlan, SiteUnit, Sitting
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from verification.selectors.entry import effective_status
from verification.selectors.held_over import HeldOver, State, held_over
from verification.services import held_over as service
from verification.views import words

STATES: dict[State, tuple[str, Any]] = {
    State.EXPECTED: ("quiet", _("未记录")),
    State.KEPT: ("info", _("留考监管中")),
    State.LEFT: ("trouble", _("已离开")),
    State.ENTERED: ("good", _("监管入场")),
}
ACTS: tuple[tuple[State, Any], ...] = (
    (State.KEPT, _("监管中")),
    (State.ENTERED, _("带入下一科")),
    (State.LEFT, _("已离开")),
)


class HeldOverList(Page):
    """Everybody held over into this unit, with one touch for what became of each."""

    action = "held_over.see"
    template = "verification/held_over.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = SiteUnit.objects.select_related("site__branch", "unit__plan")
        site_unit = access.get(self.actor, SiteUnit, self.action, rows, pk=pk)
        plan = site_unit.unit.plan
        self.about(plan)
        found = held_over(Sitting.objects.filter(site_unit=site_unit))
        lines = [self._line(each, site_unit, plan) for each in found]
        return self.show(
            {
                "site_unit": site_unit,
                "site": site_unit.site,
                "unit_name": words.unit_words(site_unit.unit),
                "clock": exam_clock(site_unit, plan, self.now),
                "lines": lines,
                "asked": sum(line["asked"] for line in lines),
                "sees_board": self.actor.may("sign_in.see"),
            }
        )

    def _line(self, each: HeldOver, site_unit: SiteUnit, plan: ExamPlan) -> dict[str, Any]:
        sitting, before, said = each.sitting, each.before, each.said
        tone, label = STATES[each.state]
        status = effective_status(sitting, site_unit, now=self.now)
        colour, word = words.STATES[status]
        may = self.actor.may(service.ACTION) and self.now < site_unit.ends_at
        return {
            "pk": sitting.pk,
            "name": sitting.candidate.name,
            "number": sitting.candidate.student_no,
            "before": _place(before),
            "before_label": words.STATES[before.entry_status] if before else None,
            "place": _place(sitting),
            "state": colour,
            "status": word,
            "tone": tone,
            "label": label,
            "asked": each.is_asked(now=self.now),
            "who": _who(said, plan),
            "acts": _acts(each, site_unit, self.now) if may else [],
        }


class SupervisionRecord(Page):
    """POST `state`: kept, left or entered."""

    action = service.ACTION

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect("sitting-detail", pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        sitting = service.find(self.actor, pk)
        try:
            state = _asked(request.POST.get("state", ""))
            service.record(sitting, state, actor=self.actor.user, now=self.now)
        except Refusal as refusal:
            self.warn(refusal)
        else:
            self.tell(gettext("已记录：%(what)s") % {"what": STATES[state][1]})
        return redirect("held-over", sitting.site_unit_id)


def _asked(text: str) -> State:
    if text not in {state.value for state, _label in ACTS}:
        raise Invalid(detail=Text("请选择监管中、带入下一科或已离开。", "Choose kept, brought over or left."))
    return State(text)


def _acts(each: HeldOver, site_unit: SiteUnit, now: Any) -> list[dict[str, Any]]:
    """What may be said now; the service asks again."""
    if not each.is_in_before:
        return []
    if each.state is State.ENTERED:
        offered = [State.KEPT]
    elif each.state is State.LEFT:
        offered = [State.KEPT] if now < site_unit.entry_closes_at else []
    elif each.sitting.entry_status != "not_signed_in":
        offered = []
    else:
        offered = [State.KEPT] if each.state is State.EXPECTED else []
        offered += [State.ENTERED] if now >= site_unit.entry_opens_at else []
        offered.append(State.LEFT)
    return [{"state": state.value, "label": label} for state, label in ACTS if state in offered]


def _place(sitting: Sitting | None) -> str:
    if sitting is None:
        return ""
    room = sitting.room_session.room.room_no if sitting.room_session else ""
    return words.place_of(room, sitting.seat_no)


def _who(said: Any, plan: ExamPlan) -> str:
    """Who said so last, and when."""
    if said is None:
        return ""
    for at, by in (
        (said.left_at, said.left_by),
        (said.entered_at, said.entered_by),
        (said.kept_at, said.kept_by),
    ):
        if at is not None:
            return f"{by.name} {words.clock_on(plan, at)}" if by else words.clock_on(plan, at)
    return ""
