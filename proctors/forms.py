"""Forms of proctor changes: one room's request, and the branch's decision."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import RoomSession, RosterRow
from exam_ops.rules.moments import BEIJING
from proctors.models import ProctorChange
from proctors.selectors.changes import Substitute, is_certified

LONG = 500
NOBODY = 0  # no key of a row: an addition, or a removal
PLACES = len(RosterRow.Position)
_REASON = {"rows": 2, "maxlength": LONG}


class ChangeForm(forms.Form):
    """One change for a room, and for other rooms and units if wished; `id` makes a second sending the same request."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    outgoing = forms.TypedChoiceField(label=_("更换谁"), coerce=lambda value: int(value) or None)
    incoming = forms.TypedChoiceField(
        label=_("由谁接替"),
        coerce=lambda value: int(value) or None,
        error_messages={"required": _("请选择接替的教师。")},
        help_text=_("只列出本考点已认证、该时段没有其他监考的教师。"),
    )
    also = forms.TypedMultipleChoiceField(
        label=_("同时用于"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label=_("原因"),
        max_length=LONG,
        widget=forms.Textarea(attrs=_REASON),
        error_messages={"required": _("请填写原因，分部据此审批。")},
    )

    def __init__(
        self,
        *args: Any,
        roster: Sequence[RosterRow],
        substitutes: Iterable[Substitute],
        others: Iterable[RoomSession],
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {"id": uuid.uuid4()} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        here = [(row.proctor_id, _rostered(row)) for row in roster]
        free = [(each.user.pk, each.user.name) for each in substitutes if each.is_free]
        choices: dict[str, list[tuple[Any, Any]]] = {
            "outgoing": [*_if(len(here) < PLACES, (NOBODY, _("不更换，新增一名监考"))), *here],
            "incoming": [("", _("请选择")), *free, *_if(here, (NOBODY, _("不补人，只撤下")))],
            "also": [(session.pk, _place(session)) for session in others],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]
        if not choices["also"]:
            del self.fields["also"]


class DecisionForm(forms.Form):
    """The branch's word on one change or many."""

    ids = forms.TypedMultipleChoiceField(
        coerce=uuid.UUID, error_messages={"required": _("没有选择变更申请。请先勾选再审批。")}
    )
    outcome = forms.ChoiceField(
        choices=[(v, v) for v in (ProctorChange.Status.APPROVED, ProctorChange.Status.REJECTED)]
    )
    reason = forms.CharField(required=False, max_length=LONG)
    many = forms.BooleanField(required=False)  # first a preview: what would become of each
    confirmed = forms.BooleanField(required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["ids"].choices = [(pk, pk) for pk in _uuids(data.getlist("ids"))]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        rejects = said.get("outcome") == ProctorChange.Status.REJECTED
        if rejects and not said.get("reason") and not self.is_preview:
            self.add_error("reason", _("不批准须写明原因，申请人会看到。"))
        return said

    @property
    def is_preview(self) -> bool:
        """Whether it asks what would happen, and nothing more."""
        return bool(self.cleaned_data.get("many") and not self.cleaned_data.get("confirmed"))

    @property
    def first_error(self) -> str:
        return next(str(errors[0]) for errors in self.errors.values())


def _if(holds: object, choice: tuple[Any, Any]) -> list[tuple[Any, Any]]:
    return [choice] if holds else []


def _rostered(row: RosterRow) -> str:
    duty = gettext("监考一") if row.position == RosterRow.Position.LEAD else gettext("监考二")
    name = (
        row.proctor.name
        if is_certified(row.proctor)
        else gettext("%(name)s（未认证）") % {"name": row.proctor.name}
    )
    return f"{duty} · {name}"


def _place(session: RoomSession) -> str:
    names = "、".join(row.proctor.name for row in session.roster.all()) or gettext("无监考")
    return gettext("%(start)s %(unit)s %(room)s考场（现有：%(names)s）") % {
        "start": session.site_unit.start.astimezone(BEIJING).strftime("%m-%d %H:%M"),
        "unit": str(session.site_unit.unit),
        "room": session.room.room_no,
        "names": names,
    }


def _uuids(texts: Iterable[str]) -> list[str]:
    """Those that are ids: what somebody else wrote is no choice."""
    found = []
    for text in texts:
        try:
            found.append(str(uuid.UUID(text)))
        except ValueError:
            continue
    return found
