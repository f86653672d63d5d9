"""What people fill in at the door's pages: the search for a plan, decisions on entry requests."""

from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import ExamPlan
from verification.models import EntryRequest

MOST_AT_ONCE = 2000  # requests decided in one go


class PlanFilter(forms.Form):
    """考试计划 by name or code, kind and day; what can't be read narrows nothing."""

    q = forms.CharField(label=_("计划名称或代码"), max_length=60, required=False)
    kind = forms.ChoiceField(
        label=_("类型"),
        required=False,
        choices=[("", _("全部")), ("real", _("正式考试")), ("mock", _("模拟考试")), ("drill", _("演练"))],
    )
    day = forms.DateField(label=_("考试日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def narrow(self, plans: QuerySet[ExamPlan]) -> QuerySet[ExamPlan]:
        self.is_valid()
        asked = self.cleaned_data
        if text := asked.get("q"):
            plans = plans.filter(Q(name__icontains=text) | Q(code__icontains=text))
        if kind := asked.get("kind"):
            plans = plans.filter(kind=kind)
        if day := asked.get("day"):
            plans = plans.filter(starts_on__lte=day, ends_on__gte=day)
        return plans


class Ids(forms.Field):
    """A list of request ids, each named once."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: object) -> list[UUID]:
        given = value if isinstance(value, list | tuple) else []
        try:
            ids = list(dict.fromkeys(UUID(str(one)) for one in given))
        except ValueError:
            raise forms.ValidationError(_("申请编号有误，请刷新页面后重试。")) from None
        if not ids:
            raise forms.ValidationError(_("请先选择要审批的考生。"))
        if len(ids) > MOST_AT_ONCE:
            raise forms.ValidationError(_("一次最多审批 2000 名，请分批办理。"))
        return ids


class DecisionForm(forms.Form):
    """One or many requests, one outcome; a refusal says why. `many` asks for the preview unless `confirmed`."""

    ids = Ids()
    outcome = forms.ChoiceField(
        choices=[(s.value, s.value) for s in (EntryRequest.Status.APPROVED, EntryRequest.Status.REJECTED)],
        error_messages={"required": _("请选择同意或不同意。"), "invalid_choice": _("请选择同意或不同意。")},
    )
    reason = forms.CharField(max_length=500, required=False)
    many = forms.BooleanField(required=False)
    confirmed = forms.BooleanField(required=False)

    @property
    def is_preview(self) -> bool:
        return bool(self.cleaned_data["many"] and not self.cleaned_data["confirmed"])

    def clean(self) -> dict[str, object]:
        asked = super().clean() or {}
        refused = asked.get("outcome") == EntryRequest.Status.REJECTED
        preview = asked.get("many") and not asked.get("confirmed")
        if refused and not preview and not asked.get("reason"):
            self.add_error("reason", _("请填写不同意的原因。"))
        return asked

    @property
    def first_error(self) -> str:
        return next(str(error) for errors in self.errors.values() for error in errors)
