"""考试计划 → 考生通知: the text of each unit to copy, and the list as a workbook (B4)."""

from django.http import HttpRequest, HttpResponse

from exam_ops.core import access, events
from exam_ops.core.errors import NotFound
from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan, ExamSite
from exam_ops.core.pages import Page
from exam_ops.office import workbooks
from exam_ops.office.selectors import students
from exam_ops.office.views.downloads import download


class StudentPage(Page):
    action = students.TELL

    def plan(self, code: str) -> ExamPlan:
        found = access.get(self.actor, ExamPlan, self.action, code=code)
        self.about(found)
        return found


class StudentNotice(StudentPage):
    template = "office/students.html"

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        plan = self.plan(code)
        own = students.sites(self.actor, plan)
        asked = request.GET.get("site", "")
        site = next((s for s in own if s.code == asked), own[0] if own else None)
        notices = students.notices(self.actor, plan, site, now=self.now) if site else []
        return self.show({"plan": plan, "sites": own, "site": site, "notices": notices})


class StudentList(StudentPage):
    """Who sits what, where and when; that it was taken out is on record."""

    def get(self, request: HttpRequest, code: str, site_code: str) -> HttpResponse:
        plan = self.plan(code)
        site = access.get(self.actor, ExamSite, self.action, code=site_code)
        if site not in students.sites(self.actor, plan):
            raise NotFound()
        rows = list(students.listed(self.actor, plan, site))
        events.record(
            "student.listed",
            now=self.now,
            actor=self.actor.user,
            plan=plan,
            subject=site.code,
            rows=len(rows),
        )
        content = workbooks.table(plan.code[:31], [say(header) for header in students.HEADERS], rows)
        return download(content, f"students-{plan.code}-{site.code}.xlsx")
