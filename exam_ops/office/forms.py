"""Forms of the office pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan
from exam_ops.office.loading import FileRefused

MAX_PHOTOS_BYTES = 2 * 1024**3


class LoadForm(forms.Form):
    """A workbook, the photos beside it, and how it shall be loaded."""

    workbook = forms.FileField(
        label=_("工作簿"),
        help_text=_("按模板填写的 .xlsx，一个考试计划的全部数据。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": _("请选择工作簿。"), "empty": _("这个文件是空的，请重新选择。")},
    )
    photos = forms.FileField(
        label=_("考生照片"),
        required=False,
        help_text=_("一个 ZIP，照片名为 学号.jpg 或 证件号码.jpg；没有照片的考生显示“无照片”。"),
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        error_messages={"empty": _("这个文件是空的，请重新选择。")},
    )
    as_drill = forms.BooleanField(
        label=_("作为演练载入"),
        required=False,
        help_text=_("演练有自己的时钟，结果与正式考试分开；工作簿中的类型不起作用。"),
    )
    drill_at = forms.CharField(
        label=_("演练时钟起点"),
        required=False,
        initial="T-30m",
        max_length=12,
        help_text=_("相对第一个单元的开考时间，如 T-30m、T-2h；只在新建演练时使用。"),
    )

    def clean_workbook(self) -> UploadedFile:
        workbook: UploadedFile = self.cleaned_data["workbook"]
        if (workbook.size or 0) > settings.MAX_WORKBOOK_BYTES:
            limit = settings.MAX_WORKBOOK_BYTES // 2**20
            raise forms.ValidationError(_("工作簿超过 %(limit)s MB，请分成几个载入。") % {"limit": limit})
        return workbook

    def clean_photos(self) -> UploadedFile | None:
        photos: UploadedFile | None = self.cleaned_data["photos"]
        if photos and (photos.size or 0) > MAX_PHOTOS_BYTES:
            raise forms.ValidationError(_("照片压缩包超过 2 GB，请分批载入。"))
        return photos

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("as_drill"):
            values["drill_at"] = ""
        return values

    def refuse(self, refused: FileRefused) -> None:
        """Puts the refusal beside its field."""
        for error in refused.errors:
            self.add_error(error.field, say(error.detail))


class PlanFilter(forms.Form):
    """What the list of plans is narrowed to."""

    words = forms.CharField(label=_("计划"), required=False, max_length=40)
    kind = forms.ChoiceField(
        label=_("类型"),
        required=False,
        choices=[
            ("", _("全部")),
            (ExamPlan.Kind.REAL, _("正式考试")),
            (ExamPlan.Kind.MOCK, _("模拟考试")),
            (ExamPlan.Kind.DRILL, _("演练")),
        ],
    )
