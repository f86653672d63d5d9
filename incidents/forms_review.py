"""What addresses and forms of the review of evidence say."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from exam_ops.rules.evidence_review import Verdict
from incidents import duty_list_selectors, review_selectors
from incidents.models import EvidenceDuty

NOTE, KEY = 500, 2**62  # the longest note, the largest key
_CHOOSE = _("请先勾选要审核的考生。")


class PlaceQuery(forms.Form):
    """A place by its codes, as an address names it; what is no such thing is left out."""

    plan = forms.CharField(required=False, max_length=40)
    unit = forms.CharField(required=False, max_length=20)
    site = forms.CharField(required=False, max_length=20)
    room = forms.CharField(required=False, max_length=20)

    def named(self) -> dict[str, Any]:
        """Every field by its name, empty where the address says nothing that fits."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}


class ReviewQuery(PlaceQuery):
    """Pictures in a state, one of them, the one after; and the last verdict, which may be taken back."""

    state = forms.ChoiceField(required=False, choices=[(s, s) for s in review_selectors.STATES])
    evidence = forms.UUIDField(required=False)
    after = forms.UUIDField(required=False)
    last = forms.IntegerField(required=False, min_value=1, max_value=KEY)


class ReviewForm(forms.Form):
    """A verdict on a picture; `changes` is the one in force that it means to change."""

    evidence = forms.UUIDField()
    verdict = forms.ChoiceField(choices=[(v.value, v.value) for v in Verdict if v is not Verdict.TAKEN_BACK])
    note = forms.CharField(required=False, max_length=NOTE)
    changes = forms.IntegerField(required=False, min_value=1, max_value=KEY)


class DutyQuery(PlaceQuery):
    """Duties in a state."""

    status = forms.ChoiceField(required=False, choices=[(s, s) for s in duty_list_selectors.STATES])


class MissedForm(forms.Form):
    """A verdict on missed duties, which always says why."""

    duty = forms.ModelMultipleChoiceField(
        queryset=EvidenceDuty.objects.none(), error_messages={"required": _CHOOSE, "invalid_choice": _CHOOSE}
    )
    verdict = forms.ChoiceField(choices=[(v.value, v.value) for v in (Verdict.ACCEPTED, Verdict.DOUBTFUL)])
    note = forms.CharField(max_length=NOTE, error_messages={"required": _("请写明原因。")})

    def __init__(self, *args: Any, duties: QuerySet[EvidenceDuty], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["duty"]
        field.queryset = duties
