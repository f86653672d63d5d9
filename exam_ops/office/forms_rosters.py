"""The form of 导入监考编排."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exam_ops.office.forms import WorkbookForm

LONG = 500


class RosterLoadForm(WorkbookForm):
    """A workbook of rosters, and why: the branch reads it where it decides."""

    reason = forms.CharField(
        label=_("原因"),
        required=False,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONG}),
        help_text=_("含 48 小时以内的单元时必填，分部据此审批。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workbook"].help_text = _(
            "含“监考编排”工作表的 .xlsx；可以先导出现在的编排，修改后再导入。"
        )
