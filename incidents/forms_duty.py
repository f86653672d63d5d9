"""Forms of duty rosters and support contacts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exam_ops.core.language import say
from exam_ops.core.models import User
from incidents.models import Contact
from incidents.services import contacts
from incidents.services.posts import Post
from incidents.services.shifts import NoRoleThere


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        error_messages={
            "required": _("请填写日期和时间。"),
            "invalid": _("请填写日期和时间，例如 2025-12-06 09:01。"),
        },
    )


class ShiftForm(forms.Form):
    """One shift; only those who hold a role at the post can be chosen."""

    user = forms.ModelChoiceField(
        label=_("值班人"),
        queryset=User.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择值班人。")},
    )
    starts_at = _moment(_("开始"))
    ends_at = _moment(_("结束"))

    def __init__(self, *args: Any, post: Post, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["user"]
        field.queryset = post.people()
        field.label_from_instance = lambda user: f"{user.name} {user.username}"
        field.error_messages["invalid_choice"] = say(NoRoleThere().errors[0].detail)


class ContactForm(forms.ModelForm):
    """One support contact."""

    class Meta:
        model = Contact
        fields = contacts.FIELDS
        labels = {
            "name": _("姓名或称呼"),
            "duty": _("负责什么"),
            "phone": _("电话"),
            "qq": _("QQ"),
            "other": _("其他联系方式"),
            "for_app": _("身份核验 App"),
            "for_client": _("考试客户端"),
            "order": _("排序"),
            "is_active": _("启用"),
        }
        help_texts = {"order": _("小的在前。"), "is_active": _("停用后不再显示在处置卡上。")}
        error_messages = {"name": {"required": _("请填写姓名或称呼，例如“值班热线”。")}}
