"""The form of 自动编排: which units, under which limits, from which earlier plan."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import ExamPlan, User
from exam_ops.rules.roster_fill_model import Limits

PLAIN = Limits()
MOST = 8  # units in a row or a day that somebody may set
SEED = 20  # characters
LONG = 500
FIELDS = ("units", "in_a_row", "a_day", "lead_has_experience", "left_out", "source", "rest", "seed")


class FillForm(forms.Form):
    """What filling goes by; sent by GET for the preview, and once more with it to apply it."""

    units = forms.TypedMultipleChoiceField(
        label=_("单元"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选择一个单元。")},
    )
    in_a_row = forms.IntegerField(
        label=_("最多连续监考单元数"),
        min_value=1,
        max_value=MOST,
        initial=PLAIN.in_a_row,
        help_text=_("两个单元之间休息不足 2 小时，算连续。"),
    )
    a_day = forms.IntegerField(
        label=_("每人每天最多单元数"), min_value=1, max_value=MOST, initial=PLAIN.a_day
    )
    lead_has_experience = forms.BooleanField(
        label=_("主监考须有监考经历"),
        required=False,
        help_text=_("按本系统中以往的监考编排判断；首次使用时请不要勾选。"),
    )
    source = forms.ChoiceField(
        label=_("沿用以往计划"), required=False, help_text=_("按当时的考场、职责和顺序提出编排。")
    )
    rest = forms.BooleanField(
        label=_("其余空缺也自动编排"), required=False, help_text=_("沿用以往计划时可以只沿用、不补齐。")
    )
    left_out = forms.TypedMultipleChoiceField(
        label=_("不参加本次编排的教师"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    seed = forms.CharField(required=False, max_length=SEED, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        units: Sequence[tuple[int, str]],
        people: Iterable[User],
        earlier: Iterable[ExamPlan],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, list[tuple[Any, Any]]] = {
            "units": list(units),
            "left_out": [(user.pk, user.name) for user in people],
            "source": [("", _("不沿用")), *((plan.code, plan.name) for plan in earlier)],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("source"):
            said["rest"] = True
        return said

    @property
    def limits(self) -> Limits:
        said = self.cleaned_data
        return Limits(said["in_a_row"], said["a_day"], said["lead_has_experience"])

    def sent(self) -> list[tuple[str, str]]:
        """What was sent, field by field: to be sent again with the preview."""
        data: Any = self.data  # of a request
        return [(name, value) for name in FIELDS for value in data.getlist(name)]


class ApplyForm(forms.Form):
    """Which preview shall be applied; `id` makes a second sending the same act."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    mark = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("原因"), required=False, max_length=LONG, widget=forms.Textarea(attrs={"rows": 2})
    )
