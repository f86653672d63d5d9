"""Findings of the check after the exam, for the branch: seen, settled, with a note (C16)."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from exam_ops.core import access
from exam_ops.core.errors import Invalid
from exam_ops.core.language import say
from exam_ops.core.pages import Page
from exam_ops.rules.post_exam import Result
from exam_ops.rules.text import Text
from verification.models import PostExamCheck, SignIn
from verification.selectors import post_exam_overview
from verification.services import post_exam_findings
from verification.views import words
from verification.views.post_exam import RESULTS, chosen_plan, findings_url

PAGE_SIZE = 20
SEEN = Text("已标为已阅。", "Marked as seen.")
SETTLED = Text("已写明处理结果。", "The settlement is kept.")


class PostExamFindings(Page):
    """What sites found, the unsettled first; narrowed by plan, unit, site."""

    action = "post_exam.see"
    template = "verification/post_exam_findings.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.draw()

    def draw(self, *, wrong: dict[str, Any] | None = None, status: int = 200) -> HttpResponseBase:
        get = self.request.GET
        plans = list(post_exam_overview.plans_of(self.actor)[:200])
        plan = chosen_plan(plans, self.request)
        if plan is None:
            return self.show({"plans": []})
        self.about(plan)
        show = get.get("show", "") if get.get("show") in ("open", "settled") else ""
        unit, site = get.get("unit", "")[:20], get.get("site", "")[:20]
        rows = post_exam_overview.findings(self.actor, plan, unit=unit, site=site, show=show)
        page = Paginator(rows, PAGE_SIZE).get_page(get.get("page"))
        may = access.Once(self.actor, "post_exam.settle")
        return self.show(
            {
                "plans": plans,
                "plan": plan,
                "units": post_exam_overview.units_of(self.actor, plan),
                "unit": unit,
                "site": site,
                "show": show,
                "page": page,
                "cards": [self.card(row, wrong, may) for row in page],
                "all_url": findings_url(plan),
            },
            status=status,
        )

    def card(self, row: PostExamCheck, wrong: dict[str, Any] | None, may: access.Once) -> dict[str, Any]:
        plan, sitting = row.site_unit.unit.plan, row.sitting
        state, label = RESULTS[Result(row.result)]
        room = row.room_session.room.room_no if row.room_session else ""
        return {
            "row": row,
            "state": state,
            "label": label,
            "place": words.place_of(room, sitting.seat_no),
            "unit_name": words.unit_words(row.site_unit.unit),
            "at": words.clock_on(plan, row.at, "%m-%d %H:%M"),
            "seen_at": words.clock_on(plan, row.seen_at, "%m-%d %H:%M"),
            "settled_at": words.clock_on(plan, row.settled_at, "%m-%d %H:%M"),
            "reference_url": reverse("file-photo", args=["reference", sitting.pk])
            if sitting.candidate.photo
            else "",
            "photo_url": _photo_url(row),
            "detail_url": reverse("sitting-detail", args=[sitting.pk]),
            "act_url": reverse("post-exam-finding", args=[row.pk]) + f"?{self.request.GET.urlencode()}",
            "may_settle": may.refused(row, row.site_unit.site_id) is None,
            "wrong": wrong if wrong and wrong["pk"] == row.pk else None,
        }


class PostExamFinding(PostExamFindings):
    """One finding: `act` is `seen` or `settle`, this with a note."""

    action = "post_exam.settle"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:  # type: ignore[override]
        return redirect("post-exam-findings")

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        rows = PostExamCheck.objects.select_related(
            "site_unit__unit__plan", "site_unit__site", "sitting", "room_session"
        )
        finding = access.get(self.actor, PostExamCheck, self.action, rows, pk=pk, withdrawn_at=None)
        note = request.POST.get("note", "")[:500]
        if request.POST.get("act") == "seen":
            post_exam_findings.see(finding, actor=self.actor, now=self.now)
            self.tell(SEEN)
        else:
            try:
                post_exam_findings.settle(finding, note, actor=self.actor, now=self.now)
            except Invalid as invalid:
                errors = [say(error.detail) for error in invalid.errors]
                return self.draw(wrong={"pk": pk, "note": note, "errors": errors}, status=422)
            self.tell(SETTLED)
        return redirect(reverse("post-exam-findings") + f"?{request.GET.urlencode()}")


def _photo_url(row: PostExamCheck) -> str:
    """The picture that was looked at: the sign-in's, else that of the approved request."""
    sign_in: SignIn | None = row.sign_in
    if sign_in is not None and sign_in.photo and sign_in.photo == row.photo:
        return reverse("file-photo", args=["sign_in", sign_in.pk])
    if not row.photo:
        return ""
    request = row.sitting.entry_requests.filter(photo=row.photo).first()
    return reverse("file-photo", args=["request", request.pk]) if request else ""
