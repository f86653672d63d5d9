"""副主考授权: to whom, from when until when, and why (C3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import SiteUnit, User
from exam_ops.rules.moments import BEIJING

LONG = 200
NOW = "now"


class DelegationForm(forms.Form):
    """The times are offered by unit: now or when entry opens, until a unit ends or the day does."""

    deputy = forms.ModelChoiceField(
        label=_("副主考"),
        queryset=User.objects.none(),
        empty_label=_("请选择"),
        help_text=_("本考点的考点管理员或监考教师。"),
        error_messages={"required": _("请选择副主考。"), "invalid_choice": _("请从名单中选择。")},
    )
    since = forms.TypedChoiceField(
        label=_("自"), coerce=lambda at: None if at == NOW else datetime.fromisoformat(at)
    )
    until = forms.TypedChoiceField(label=_("结束"), coerce=datetime.fromisoformat)
    reason = forms.CharField(
        label=_("原因"),
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONG}),
        error_messages={"required": _("请填写原因，授权记录会一直显示。")},
    )

    def __init__(
        self,
        *args: Any,
        people: Any,
        ahead: Sequence[SiteUnit],
        midnight: datetime,
        now: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        deputy: Any = self.fields["deputy"]
        deputy.queryset = people
        deputy.label_from_instance = lambda user: f"{user.name} {user.username}"
        since, until = self.fields["since"], self.fields["until"]
        opens = [(u.entry_opens_at.isoformat(), _opens(u)) for u in ahead if u.entry_opens_at > now]
        ends = [(u.ends_at.isoformat(), _ends(u)) for u in ahead if u.ends_at <= midnight]
        since.choices = [(NOW, gettext("立即")), *opens]  # type: ignore[attr-defined]
        until.choices = [*reversed(ends), (midnight.isoformat(), gettext("今天结束"))]  # type: ignore[attr-defined]


def _opens(site_unit: SiteUnit) -> str:
    return gettext("%(at)s %(unit)s 开始入场") % _named(site_unit, site_unit.entry_opens_at)


def _ends(site_unit: SiteUnit) -> str:
    return gettext("%(at)s %(unit)s 结束") % _named(site_unit, site_unit.ends_at)


def _named(site_unit: SiteUnit, at: datetime) -> dict[str, str]:
    return {
        "at": at.astimezone(BEIJING).strftime("%H:%M"),
        "unit": f"{site_unit.unit.plan.name} {site_unit.unit}",
    }
