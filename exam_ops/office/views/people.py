"""实名认证 → 批量导入, and the registry as a workbook, numbers masked (B2, E5, E9)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from exam_ops.core import events
from exam_ops.core.language import say
from exam_ops.core.pages import Page
from exam_ops.office import layout, workbooks
from exam_ops.office.forms import LoadForm, PeopleLoadForm
from exam_ops.office.loading import FileRefused, Result
from exam_ops.office.loading.people import SHEET, load_people
from exam_ops.office.selectors import people
from exam_ops.office.views.downloads import download
from exam_ops.office.views.loads import PlanLoad, PlanLoadErrors
from exam_ops.rules.text import Text
from proctors.selectors import registry as selectors
from proctors.selectors.registry import Asked
from proctors.services import registry


class RegistryImport(PlanLoad):
    """Proctors of a workbook; wrong rows come back as a list, and nothing is half-loaded."""

    action = registry.ENTER
    template = "office/people_load.html"
    form = PeopleLoadForm

    def load(self, form: LoadForm) -> Result | None:
        asked = form.cleaned_data
        is_check = "check" in self.request.POST
        try:
            return load_people(
                asked["workbook"], photos=asked["photos"], actor=self.actor, now=self.now, check_only=is_check
            )
        except FileRefused as refused:
            form.refuse(refused)
            return None

    def page(
        self, form: LoadForm, result: Result | None = None, status: int = 200, **more: Any
    ) -> HttpResponse:
        of_people = {"columns": layout.sheet(SHEET).columns, "of_people": True}
        return super().page(form, result, status, **of_people, **more)


class RegistryImportErrors(PlanLoadErrors):
    """The error list of the import as a workbook."""

    action = registry.ENTER


class RegistryTemplate(Page):
    """The empty workbook of proctors."""

    action = registry.ENTER

    def get(self, request: HttpRequest) -> HttpResponse:
        return download(workbooks.template(SHEET), say(Text("监考教师模板.xlsx", "proctors-template.xlsx")))


class RegistryExport(Page):
    """The list as it is narrowed, numbers masked; that it was taken out is on record."""

    action = selectors.SEE

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = Asked.of(request.GET)
        chosen = selectors.in_group(selectors.profiles(self.actor, asked), asked.state)
        rows = list(people.listed(selectors.in_order(chosen, now=self.now)))
        events.record(
            "proctor.listed",
            now=self.now,
            actor=self.actor.user,
            subject=asked.site or asked.branch,
            rows=len(rows),
        )
        headers = [say(header) for header in people.HEADERS]
        answer = download(workbooks.table(_("监考教师"), headers, rows), _("监考教师名单.xlsx"))
        answer["Cache-Control"] = "private, no-store"
        return answer
