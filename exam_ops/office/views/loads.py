"""考务管理 → 导入计划: a workbook in, its errors out, the empty template."""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from exam_ops.core.errors import FieldError, Invalid
from exam_ops.core.language import say
from exam_ops.core.pages import Page
from exam_ops.office import layout, workbooks
from exam_ops.office.forms import LoadForm
from exam_ops.office.loading import FileRefused, Problem, Result, load
from exam_ops.office.views.downloads import download
from exam_ops.rules.text import Text

SALT = "office.load-errors"
LIST_LIVES = 24 * 3600  # seconds that an error list can be downloaded


class PlanLoad(Page):
    """Loads in one step, or only checks; wrong rows come back as a list, and nothing is half-loaded."""

    action = "plan.load"
    template = "office/plan_load.html"
    form: type[LoadForm] = LoadForm

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(self.form())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST, request.FILES)
        result = self.load(form) if form.is_valid() else None
        is_good = result is not None and result.ok
        return self.page(form, result, status=200 if is_good else 422)

    def load(self, form: LoadForm) -> Result | None:
        asked = form.cleaned_data
        try:
            return load(
                asked["workbook"],
                photos=asked["photos"],
                as_drill=asked["as_drill"],
                drill_at=asked["drill_at"],
                hold_rosters=asked["hold_rosters"],
                check_only="check" in self.request.POST,
                now=self.now,
                actor=self.actor.user,
            )
        except FileRefused as refused:
            form.refuse(refused)
            return None

    def page(
        self, form: LoadForm, result: Result | None = None, status: int = 200, **more: Any
    ) -> HttpResponse:
        context: dict[str, Any] = {"form": form, "result": result, "columns": layout.SHEETS} | more
        if result is not None:
            context |= {
                "errors": result.problems.errors,
                "warnings": result.problems.warnings,
                "error_counts": _counts(result),
                "error_list": signed(result.errors) if not result.ok else "",
                "plans": result.plans if result.written else [],
            }
        return self.show(context, status=status)


def _counts(result: Result) -> list[dict[str, Any]]:
    order = [s.name for s in layout.SHEETS]
    found = result.problems.errors.by_sheet
    by_sheet = {
        name: found[name] for name in sorted(found, key=lambda n: order.index(n) if n in order else -1)
    }
    return [
        {"key": f"sheet-{i}", "label": sheet or _("工作簿"), "value": count, "tone": "trouble"}
        for i, (sheet, count) in enumerate(by_sheet.items())
    ]


def signed(problems: list[Problem]) -> str:
    """The errors as a text that comes back for the download: nothing of a refused workbook is stored."""
    rows = [[p.sheet, p.row, p.column, p.reason.zh, p.reason.en] for p in problems]
    return signing.dumps(rows, salt=SALT, compress=True)


class ExpiredList(Invalid):
    sentence = Text(
        "这份错误清单已过期。请重新检查工作簿后再下载。",
        "This list has expired. Check the workbook again and download it then.",
    )


class PlanLoadErrors(Page):
    """The error list of the page as a workbook."""

    action = "plan.load"

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            rows = signing.loads(request.POST.get("errors", ""), salt=SALT, max_age=LIST_LIVES)
        except signing.BadSignature:
            raise ExpiredList(errors=[FieldError("errors", "expired", ExpiredList.sentence)]) from None
        headers = [_("工作表"), _("行"), _("列"), _("原因")]
        english = (get_language() or "").startswith("en")
        shown = [[sheet, row, column, en if english else zh] for sheet, row, column, zh, en in rows]
        return download(workbooks.table(_("错误清单"), headers, shown), _("导入错误清单.xlsx"))


class PlanTemplate(Page):
    """The empty workbook, made from the layout."""

    action = "plan.load"

    def get(self, request: HttpRequest) -> HttpResponse:
        return download(workbooks.template(), say(Text("考试计划模板.xlsx", "exam-plan-template.xlsx")))
