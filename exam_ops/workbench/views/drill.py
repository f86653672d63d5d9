"""The drill bar and its jumps."""

from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access, drill
from exam_ops.core.deadlines import wake
from exam_ops.core.errors import Refusal
from exam_ops.core.models import ExamPlan
from exam_ops.core.pages import Page
from exam_ops.workbench import menu


class DrillBar(Page):
    """The bar of an open page, so that it follows a jump somebody else made."""

    action = "plan.see"
    template = "ui/_drill_bar.html"

    def get(self, request: HttpRequest, code: str) -> HttpResponseBase:
        plan = access.get(self.actor, ExamPlan, self.action, code=code)
        if not plan.is_drill:
            raise drill.NotADrill(plan=plan.code)
        self.about(plan)
        bar = menu.drill_bar(plan, self.actor, self.now)
        return self.live((plan.clock_offset, bar["next_at"]), lambda: self.show({"drill": bar}))


class DrillJump(Page):
    """Moves a drill's clock to just before the deadline chosen on the bar (B7)."""

    action = "drill.move"

    def post(self, request: HttpRequest, code: str) -> HttpResponseBase:
        plan = access.get(self.actor, ExamPlan, self.action, code=code)
        try:
            drill.jump(plan, to=self.target(plan), now=self.now, actor=self.actor.user)
            wake.tick()
            self.tell(_("演练时钟已跳到所选时点之前。"))
        except Refusal as refusal:
            self.warn(refusal)
        return redirect(self.back())

    def target(self, plan: ExamPlan) -> datetime:
        at = parse_datetime(self.request.POST.get("at", ""))
        if at is None or at.tzinfo is None:
            raise drill.UnknownMoment(expression=self.request.POST.get("at", ""))
        return max(at - drill.JUST_BEFORE, plan.plan_time(self.now))

    def back(self) -> str:
        referrer = self.request.headers.get("Referer", "")
        safe = url_has_allowed_host_and_scheme(referrer, allowed_hosts={self.request.get_host()})
        return referrer if safe else "/"
