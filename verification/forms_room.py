"""What is filled in for a whole room: the request for its candidates, and the chief's one decision (C5, C7)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verification.models import EntryRequest

LONG = 500
Status = EntryRequest.Status


class OfRoom(forms.Form):
    """Who is meant, what was checked, a note; `room` are the primary keys that may be chosen."""

    sittings = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={
            "required": _("请至少选择一名考生。"),
            "invalid_choice": _("名单已有变化，请核对后重新提交。"),
        },
    )
    documents_checked = forms.BooleanField(label=_("所选考生的证件均已人工核对"), required=False)
    note = forms.CharField(
        label=_("说明"),
        max_length=LONG,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONG}),
    )

    def __init__(self, *args: Any, room: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sittings"].choices = [(pk, pk) for pk in room]  # type: ignore[attr-defined]

    @property
    def picked(self) -> set[str]:
        """The keys ticked in what was sent."""
        data: Any = self.data
        return set(data.getlist("sittings")) if self.is_bound else set()


class RoomRequestForm(OfRoom):
    """For the proctor or the site administrator."""

    reason = forms.ChoiceField(label=_("申请原因"))

    field_order = ("reason", "documents_checked", "note", "sittings")

    def __init__(self, *args: Any, reasons: Mapping[Any, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = list(reasons.items())  # type: ignore[attr-defined]


class RoomDecisionForm(OfRoom):
    """For the chief: the documents must have been checked before anybody is let in, and a refusal says why."""

    outcome = forms.ChoiceField(
        choices=[(s.value, s.value) for s in (Status.APPROVED, Status.REJECTED)],
        error_messages={"required": _("请选择批准或不批准。"), "invalid_choice": _("请选择批准或不批准。")},
    )

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        if asked.get("outcome") == Status.APPROVED and not asked.get("documents_checked"):
            self.add_error("documents_checked", _("批准前须人工核对证件，请核对后勾选。"))
        if asked.get("outcome") == Status.REJECTED and not asked.get("note"):
            self.add_error("note", _("请填写不同意的原因。"))
        return asked
