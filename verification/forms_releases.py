"""Forms of the App's releases and of phones that support lets in."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import SiteUnit
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.versions import PLATFORM_NAMES
from verification.services.releases import Entry

_MOMENT = "%Y-%m-%dT%H:%M:%S"


class ReleaseForm(forms.Form):
    """A release; versions are read by the service, which names the bad ones."""

    platform = forms.ChoiceField(
        label=_("平台"),
        choices=[("", _("请选择")), *PLATFORM_NAMES.items()],
        error_messages={"required": _("请选择平台。"), "invalid_choice": _("请选择平台。")},
    )
    minimum_version = forms.CharField(
        label=_("最低版本"),
        max_length=32,
        help_text=_("低于它的 App 不能登录，例如 4.0.2。"),
        error_messages={"required": _("请填写最低版本，例如 4.0.2。")},
    )
    latest_version = forms.CharField(
        label=_("最新版本"),
        max_length=32,
        help_text=_("下载得到的版本。只提高它，随时可以。"),
        error_messages={"required": _("请填写最新版本，例如 4.0.2。")},
    )
    download_url = forms.URLField(
        label=_("下载地址"),
        max_length=200,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        error_messages={
            "required": _("请填写 https:// 开头的下载地址。"),
            "invalid": _("请填写 https:// 开头的下载地址。"),
        },
    )
    effective_from = forms.DateTimeField(
        label=_("生效时间（北京时间）"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", _MOMENT],
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local", "step": 1}),
        help_text=_("留空表示立即生效。"),
        error_messages={"invalid": _("请填写日期和时间，例如 2025-12-06 09:01。")},
    )
    word = forms.CharField(
        label=_("临近考试仍要生效的理由"),
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("只在新的最低版本与考试冲突、又必须按此时间生效时填写，会记录在案。"),
    )

    def entry(self) -> Entry:
        """What was entered."""
        return Entry(**{name: self.cleaned_data[name] for name in self.fields})


class ReasonForm(forms.Form):
    """An act that owes a reason."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        widget=forms.TextInput(),
        error_messages={"required": _("请写明理由。")},
    )


class AdmissionForm(forms.Form):
    """放行: for which unit, and why."""

    site_unit = forms.TypedChoiceField(
        label=_("放行的单元"),
        coerce=int,
        error_messages={"required": _("请选择单元。"), "invalid_choice": _("请选择列表中的单元。")},
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("例如：考点没有其他可用的手机，已当面试用扫描正常。"),
        error_messages={"required": _("请写明理由。")},
    )

    def __init__(self, *args: Any, site_units: Iterable[SiteUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["site_unit"]
        field.choices = [("", _("请选择")), *((s.pk, _unit(s)) for s in site_units)]


def _unit(site_unit: SiteUnit) -> str:
    start, end = site_unit.start.astimezone(BEIJING), site_unit.end.astimezone(BEIJING)
    place = site_unit.site.name
    return f"{start:%m-%d %H:%M}–{end:%H:%M} {site_unit.unit} · {place} · {site_unit.unit.plan.name}"
