"""Forms of the roof's own pages."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from exam_ops.core.language import say
from exam_ops.core.models import Sitting
from exam_ops.rules.catalogue import INCIDENT_TYPES
from incidents.services.desk import TECHNICAL


class SignInForm(AuthenticationForm):
    """User name and password, in the portal's words."""

    error_messages = {
        "invalid_login": _("用户名或密码不正确。请核对大小写后重试；忘记密码请联系考点管理员或技术支持。"),
        "inactive": _("这个账号已停用。请联系考点管理员或技术支持。"),
    }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("用户名")
        self.fields["password"].label = _("密码")
        self.fields["password"].help_text = _("没有密码时，填考点管理员或技术支持给您的一次性登录码。")
        self.fields["username"].error_messages["required"] = _("请填写用户名。")
        self.fields["password"].error_messages["required"] = _("请填写密码。")


class PassOnForm(forms.Form):
    """转交总部技术支持: the note goes with the incident."""

    note = forms.CharField(
        label=_("已经试过的办法"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("请写明已经试过的办法。")},
    )


class CallForm(forms.Form):
    """来电登记; `id` makes a second sending of the same form the same report."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    caller_name = forms.CharField(
        label=_("来电人"), max_length=60, error_messages={"required": _("请填写来电人姓名。")}
    )
    caller_phone = forms.CharField(
        label=_("来电号码"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        help_text=_("加密保存，用于回电。"),
        error_messages={"required": _("请填写来电号码，以便回电。")},
    )
    type = forms.ChoiceField(label=_("事件类型"), error_messages={"required": _("请选择事件类型。")})
    note = forms.CharField(
        label=_("情况说明"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明来电人所说的情况。")},
    )
    sittings = forms.TypedMultipleChoiceField(
        label=_("涉及考生"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    takes = forms.BooleanField(label=_("由我处理"), required=False, initial=True)

    def __init__(self, *args: Any, people: Iterable[Sitting], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("id", uuid.uuid4())
        super().__init__(*args, **kwargs)
        kinds = [(code, f"{code} {say(INCIDENT_TYPES[code].title)}") for code in TECHNICAL]
        self.fields["type"].choices = [("", _("请选择")), *kinds]  # type: ignore[attr-defined]
        self.fields["sittings"].choices = [(s.pk, s.candidate.name) for s in people]  # type: ignore[attr-defined]
