"""What a person fills in on the review list, and why a manual sign-in is taken back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from verification.models import SignInReview

MOST_AT_ONCE = 200


class ClearForm(forms.Form):
    """Facts, one outcome, one note; a ticket only for a single fact that names nobody."""

    facts = forms.TypedMultipleChoiceField(error_messages={"required": _("请先勾选要核查的记录。")})
    outcome = forms.ChoiceField(choices=SignInReview.Outcome.choices, label=_("结果"))
    note = forms.CharField(
        label=_("说明"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 1}),
        error_messages={"required": _("请写明核查情况，供日后查阅。")},
    )
    ticket = forms.CharField(label=_("准考证号"), max_length=30, required=False)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        sent = self.data.getlist("facts") if hasattr(self.data, "getlist") else []
        self.fields["facts"].coerce = _uuid  # type: ignore[attr-defined]
        self.fields["facts"].choices = [(value, value) for value in sent[:MOST_AT_ONCE]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        said = super().clean() or {}
        if said.get("ticket") and len(said.get("facts", ())) > 1:
            self.add_error("ticket", _("一个准考证号只能用于一条记录，请只勾选一条。"))
        return said


def _uuid(value: object) -> object:
    return forms.UUIDField().to_python(str(value))


class UndoForm(forms.Form):
    """Why a manual sign-in is taken back."""

    note = forms.CharField(
        label=_("撤销原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("请写明撤销原因，供日后查阅。")},
    )
