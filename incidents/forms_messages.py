"""Forms of channels and message templates; what they may hold the services judge."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exam_ops.core.language import say
from incidents.channels.kinds import KINDS
from incidents.models import Channel
from incidents.services import wordings
from incidents.services.channels import Wanted
from incidents.words import GRADES

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}
_LANGUAGES = (("zh-hans", "中文"), ("en", "English"))
_GRADES = tuple((grade, GRADES[grade]) for grade in (4, 3, 2, 1))


class Judged(forms.CharField):
    """Needed, and so not marked optional; whether it is there the service judges, which says why it is needed."""

    def validate(self, value: Any) -> None:
        return


class ChannelForm(forms.Form):
    """A channel as its organisation fills it in; the kind and the organisation of an existing one stay."""

    use_required_attribute = False
    place = forms.ChoiceField(label=_("单位"))
    kind = forms.ChoiceField(
        label=_("类型"), choices=lambda: [(k, say(kind.label)) for k, kind in KINDS.items()]
    )
    name = forms.CharField(
        label=_("名称"), max_length=60, help_text=_("发送记录和告警用这个名称，例如：总部应急群。")
    )
    address = Judged(
        label=_("地址"),
        max_length=500,
        widget=forms.TextInput(attrs=_PLAIN),
        help_text=_("邮箱地址；https 网址；或机器人的 Webhook 地址。保存后只显示一部分。不能使用内网地址。"),
    )
    secret = forms.CharField(
        label=_("签名密钥"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs=_PLAIN | {"autocomplete": "new-password"}),
        help_text=_("Webhook 和钉钉可填：请求带 HMAC-SHA256 签名，接收方可据此核对来源。"),
    )
    drop_secret = forms.BooleanField(label=_("不再签名（删除已保存的密钥）"), required=False)
    language = forms.ChoiceField(label=_("语言"), choices=_LANGUAGES)
    least_grade = forms.TypedChoiceField(
        label=_("最低等级"),
        choices=_GRADES,
        coerce=int,
        help_text=_("只接收这一等级及更严重的消息；Ⅳ级表示全部。"),
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(
        self, *args: Any, places: list[tuple[str, str]], channel: Channel | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if channel is None:
            del self.fields["drop_secret"]
            self.fields["place"].choices = places  # type: ignore[attr-defined]
            if len(places) == 1:
                self.fields["place"].widget = forms.HiddenInput()
                self.fields["place"].initial = places[0][0]
            return
        del self.fields["place"], self.fields["kind"]
        self.fields["address"].required = False
        self.fields["address"].help_text = _("留空则不改。不能使用内网地址。")
        self.fields["secret"].help_text = _("留空则不改。")
        if not channel.secret:
            del self.fields["drop_secret"]

    @staticmethod
    def of(channel: Channel) -> dict[str, Any]:
        """What an existing channel's form begins with; its address and secret are not shown again."""
        return {name: getattr(channel, name) for name in ("name", "language", "least_grade", "is_active")}

    def wanted(self) -> Wanted:
        """What was filled in, for the service."""
        said = self.cleaned_data
        return Wanted(
            name=said["name"],
            language=said["language"],
            least_grade=said["least_grade"],
            is_active=said["is_active"],
            address=said["address"],
            secret=said["secret"],
            drop_secret=said.get("drop_secret", False),
        )


def _text(label: Any, most: int, rows: int) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "maxlength": most, "spellcheck": "false"})
    return Judged(label=label, strip=False, widget=widget)


class TemplateForm(forms.Form):
    """Title and body of one kind of message, in both languages."""

    use_required_attribute = False
    title_zh = _text(_("标题（中文）"), wordings.TITLE, 1)
    body_zh = _text(_("正文（中文）"), wordings.BODY, 4)
    title_en = _text(_("标题（英文）"), wordings.TITLE, 1)
    body_en = _text(_("正文（英文）"), wordings.BODY, 4)
