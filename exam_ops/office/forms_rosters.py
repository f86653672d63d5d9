"""The form of 导入监考编排."""

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from exam_ops.core.language import say
from exam_ops.office.loading import FileRefused

LONG = 500


class RosterLoadForm(forms.Form):
    """A workbook of rosters, and why: the branch reads it where it decides."""

    workbook = forms.FileField(
        label=_("工作簿"),
        help_text=_("含“监考编排”工作表的 .xlsx；可以先导出现在的编排，修改后再导入。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": _("请选择工作簿。"), "empty": _("这个文件是空的，请重新选择。")},
    )
    reason = forms.CharField(
        label=_("原因"),
        required=False,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONG}),
        help_text=_("含 48 小时以内的单元时必填，分部据此审批。"),
    )

    def clean_workbook(self) -> UploadedFile:
        workbook: UploadedFile = self.cleaned_data["workbook"]
        if (workbook.size or 0) > settings.MAX_WORKBOOK_BYTES:
            limit = settings.MAX_WORKBOOK_BYTES // 2**20
            raise forms.ValidationError(_("工作簿超过 %(limit)s MB，请分成几个载入。") % {"limit": limit})
        return workbook

    def refuse(self, refused: FileRefused) -> None:
        """Puts the refusal beside its field."""
        for error in refused.errors:
            self.add_error(error.field, say(error.detail))
