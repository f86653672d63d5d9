"""Forms of incidents and evidence. Places are chosen in `views/places.py`; here is what people say."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exam_ops.core.api_parts import YEARS
from exam_ops.core.errors import Refusal
from exam_ops.core.language import say
from exam_ops.core.models import Sitting
from exam_ops.rules.catalogue import IncidentType

LONG = 2000


def show_refusal(form: forms.BaseForm, refusal: Refusal, field: str | None = None) -> None:
    """Lays a service's refusal beside the field that it names, else beside `field`, else above the form."""
    named = False
    for error in refusal.errors:
        name = error.field.split(".")[0]
        form.add_error(name if name in form.fields else field, say(error.detail))
        named = True
    if not named:
        form.add_error(field, say(refusal.detail))


def _words(label: Any, *, required: bool = True, rows: int = 2, **more: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "maxlength": more.get("max_length", LONG)})
    return forms.CharField(label=label, required=required, widget=widget, **({"max_length": LONG} | more))


class ReportForm(forms.Form):
    """上报事件; `id` makes a second sending of the same form the same report."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    type = forms.ChoiceField(label=_("事件类型"), widget=forms.RadioSelect)
    note = _words(
        _("情况说明"),
        required=False,
        rows=3,
        help_text=_("现象、涉及的设备、已经试过的办法。处置卡会立即显示，说明可以从简。"),
    )
    sittings = forms.TypedMultipleChoiceField(
        label=_("涉及考生"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    declared_major = forms.BooleanField(
        label=_("声明为重大事件"),
        required=False,
        help_text=_("考前 5 分钟仍未解决的重大事件自动上报分部；此后声明的立即上报。"),
    )

    def __init__(
        self,
        *args: Any,
        kinds: Iterable[IncidentType],
        people: Iterable[Sitting],
        may_declare: bool,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", {}).setdefault("id", uuid.uuid4())
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [(kind.code, say(kind.title)) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["sittings"].choices = [(s.pk, s.candidate.name) for s in people]  # type: ignore[attr-defined]
        if not may_declare:
            del self.fields["declared_major"]


class AcknowledgeForm(forms.Form):
    """确认处理."""

    note = _words(_("备注"), required=False)


class EscalateForm(forms.Form):
    """上报上一级: the short form of clause 一; five lines become one note."""

    place = forms.CharField(label=_("地点"), max_length=200)
    what = _words(_("情况"), max_length=600)
    how_many = forms.IntegerField(label=_("涉及人数"), min_value=0, max_value=100_000)
    done = _words(_("已采取的措施"), required=False, max_length=600)
    help = _words(_("需要的支援"), required=False, max_length=400)

    def note(self) -> str:
        """The lines that were filled in, each with its label."""
        said = self.cleaned_data
        lines = [(self.fields[name].label, said[name]) for name in self.fields]
        return "\n".join(
            gettext("%(label)s：%(words)s") % {"label": label, "words": words}
            for label, words in lines
            if words not in ("", None)
        )


class DeclareForm(forms.Form):
    """声明重大."""

    note = _words(_("为什么是重大事件"))


class ResolveForm(forms.Form):
    """办结, with cause and effect."""

    cause = _words(_("原因"), error_messages={"required": _("请填写。办结需要原因和对考生的影响。")})
    effect = _words(
        _("对考生的影响"),
        help_text=_("例如：无影响；12 名考生延后 8 分钟开始作答。"),
        error_messages={"required": _("请填写。办结需要原因和对考生的影响。")},
    )
    note = _words(_("备注"), required=False)


class UpdateForm(forms.Form):
    """续报."""

    note = _words(_("最新情况"), rows=3, help_text=_("现在怎样、做了什么、还需要什么。会通知已知情的上级。"))
    lost_minutes = forms.IntegerField(
        label=_("已损失的考试时间（分钟）"),
        required=False,
        min_value=0,
        max_value=600,
        help_text=_("损失较长时级别自动提高。"),
    )


class HandOverForm(forms.Form):
    """移交: to somebody who may acknowledge it; those on duty stand first in their group."""

    to = forms.TypedChoiceField(label=_("移交给"), coerce=int)
    note = _words(_("交接说明"), required=False)

    def __init__(
        self, *args: Any, people: Iterable[tuple[Any, list[tuple[int, str]]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", _("请选择")), *people]  # type: ignore[attr-defined]


class RegradeForm(forms.Form):
    """调整级别."""

    grade = forms.TypedChoiceField(label=_("调整为"), coerce=int)
    reason = _words(_("原因"), required=False, help_text=_("降低级别必须写明原因。"))

    def __init__(self, *args: Any, grades: Iterable[tuple[int, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grade"].choices = list(grades)  # type: ignore[attr-defined]


class StrikeForm(forms.Form):
    """划去: a line that somebody wrote and that is wrong; it stays to be read."""

    entry = forms.TypedChoiceField(label=_("要划去的记录"), coerce=int)
    reason = _words(_("原因"))

    def __init__(self, *args: Any, entries: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entry"].choices = [("", _("请选择")), *entries]  # type: ignore[attr-defined]


class ReopenForm(forms.Form):
    """重新打开."""

    reason = _words(_("为什么重新打开"))


def _shown_by_clocks(at: datetime) -> None:
    if at.year not in YEARS:
        raise forms.ValidationError(_("请填写日期和时间，例如 2025-12-06 09:01。"), code="invalid")


class WithdrawalForm(forms.Form):
    """Why a picture is withdrawn."""

    reason = _words(
        _("撤回原因"), max_length=500, error_messages={"required": _("请说明撤回原因，供日后查阅。")}
    )


class PackageForm(forms.Form):
    """Why headquarters have a unit's evidence sealed once more."""

    reason = _words(
        _("重新封存的理由"),
        max_length=500,
        error_messages={"required": _("请说明为什么重新封存，理由写入新的封存包。")},
    )
    without_lost = forms.BooleanField(
        label=_("原图确已丢失或损坏，注明缺失后封存"),
        required=False,
        help_text=_("只在备份也无法恢复时勾选；新封存包的清单会写明缺了哪些原图。"),
    )


class EvidenceForm(forms.Form):
    """应急材料 of one room; what the picture is, and its time, the service judges."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    photo = forms.FileField(
        label=_("全景照片"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
        error_messages={"required": _("请先拍摄或选择照片。")},
    )
    marks = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100_000)
    in_picture = forms.TypedMultipleChoiceField(label=_("已在照片中标出"), required=False, coerce=int)
    reason = _words(_("情况说明"), error_messages={"required": _("请说明原因。")})
    captured_at = forms.DateTimeField(
        label=_("拍摄时间"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": 1}),
        error_messages={"invalid": _("请填写日期和时间，例如 2025-12-06 09:01。")},
        validators=[_shown_by_clocks],
    )
    lateness_reason = _words(_("拍摄时间说明"), required=False)

    def __init__(self, *args: Any, people: Iterable[Sitting], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("id", uuid.uuid4())
        super().__init__(*args, **kwargs)
        self.fields["in_picture"].choices = [(s.pk, s.candidate.name) for s in people]  # type: ignore[attr-defined]
