"""The form of a decision: which units and places, what, and why. What it may be, the service judges (A4)."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exam_ops.core.language import say
from exam_ops.core.models import Branch, ExamPlan, ExamSite, TimeUnit
from exam_ops.rules.decisions import Kind, Wish
from exam_ops.rules.moments import BEIJING
from incidents.services.decision_preview import Scope
from incidents.services.decision_words import KINDS

YEARS = range(2000, 2200)
_MOMENT = "%Y-%m-%dT%H:%M"


def _when(label: Any, help_text: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"})
    return forms.DateTimeField(
        label=label,
        required=False,
        help_text=help_text,
        widget=widget,
        input_formats=[_MOMENT, "%Y-%m-%dT%H:%M:%S"],
        error_messages={"invalid": _("请填写日期和时间，例如 2025-12-06 09:01。")},
    )


def _near(at: datetime | None) -> datetime | None:
    """An instant in a year that exams are held in."""
    if at is not None and at.year not in YEARS:
        raise forms.ValidationError(_("请填写日期和时间，例如 2025-12-06 09:01。"))
    return at


class DecisionForm(forms.Form):
    """指令. Fields of other kinds may be filled in; only those of the chosen kind count."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("指令"), widget=forms.RadioSelect)
    units = forms.TypedMultipleChoiceField(
        label=_("时间单元"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请选择至少一个时间单元。")},
    )
    branches = forms.TypedMultipleChoiceField(
        label=_("分部"), coerce=int, required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    sites = forms.CharField(
        label=_("考点代码"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("用空格或逗号分开。分部和考点都不填，就是全部考点。"),
    )
    minutes = forms.IntegerField(label=_("分钟数"), required=False, min_value=0, max_value=100_000)
    new_start = _when(_("新的开考时间"), _("时长不变；已被旧时间停止的入场、交卷等会重新开放。"))
    new_place = forms.CharField(label=_("新的考点地址"), required=False, max_length=200)
    evidence_until = _when(_("应急材料重开至"), _("只针对一个考点的一个单元，须关联Ⅰ级或Ⅱ级事件。"))
    evidence_owed = forms.BooleanField(
        label=_("人工核验入场的考生须提交应急材料"),
        required=False,
        help_text=_("不勾选则不产生应急材料任务；考场全景照片一张可包括多名考生。"),
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
        error_messages={"required": _("请写明理由。指令会连同理由下发。")},
    )
    departments = forms.CharField(
        label=_("会商部门"), required=False, max_length=200, help_text=_("研讨处理时征求过意见的部门。")
    )

    def __init__(
        self,
        *args: Any,
        plan: ExamPlan | None,
        units: Iterable[TimeUnit],
        branches: Iterable[Branch],
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", {}).setdefault("id", uuid.uuid4())
        super().__init__(*args, **kwargs)
        self.plan = plan
        choices = {
            "kind": [(kind.value, say(label)) for kind, label in KINDS.items()],
            "units": [
                (u.pk, f"{u} · {u.start.astimezone(BEIJING):%m-%d %H:%M}–{u.end.astimezone(BEIJING):%H:%M}")
                for u in units
            ],
            "branches": [(b.pk, f"{b.name} {b.code}") for b in branches],
        }
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]

    def clean_sites(self) -> list[int]:
        """Primary keys of the sites named by their codes."""
        codes = list(dict.fromkeys(self.cleaned_data["sites"].replace(",", " ").replace("，", " ").split()))
        found = dict(ExamSite.objects.filter(code__in=codes).values_list("code", "pk"))
        if unknown := [code for code in codes if code not in found]:
            raise forms.ValidationError(
                _("没有这些考点：%(codes)s。请核对代码。"), params={"codes": "、".join(unknown[:10])}
            )
        return list(found.values())

    def clean_new_start(self) -> datetime | None:
        return _near(self.cleaned_data["new_start"])

    def clean_evidence_until(self) -> datetime | None:
        return _near(self.cleaned_data["evidence_until"])

    def wish(self) -> Wish:
        """What is decided, once the form is valid."""
        said = self.cleaned_data
        return Wish(
            kind=Kind(said["kind"]),
            minutes=said["minutes"] or 0,
            new_start=said["new_start"],
            new_place=said["new_place"].strip(),
            evidence_until=said["evidence_until"],
            evidence_owed=said["evidence_owed"] and said["kind"] == Kind.MANUAL_CHECK,
        )

    def scope(self) -> Scope:
        """Which site units it is for."""
        said = self.cleaned_data
        assert self.plan is not None  # without a plan there is no unit to choose
        return Scope(self.plan, said["units"], branches=said["branches"], sites=said["sites"])


class NoteForm(forms.Form):
    """What is said with a confirmation, a refusal or a withdrawal."""

    note = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 2000}),
    )
