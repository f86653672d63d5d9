"""Forms of the registry: a proctor's facts and pictures, the look at a number. Nothing that was typed is lost."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from exam_ops.core.errors import Invalid, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import ExamSite, ProctorProfile
from exam_ops.rules.certification import DOCUMENT_WORDS, PURPOSE_WORDS, Fact
from proctors.services import registry_photos
from proctors.services.registry_checks import Entry
from proctors.services.registry_photos import Kept

_SALT = "proctors.registry.picture"
_LIVES = 12 * 3600  # seconds for which a picture waits for the rest of its form
_PICTURE = {"accept": "image/jpeg,image/png"}
PICTURES = (Fact.PHOTO, Fact.DOCUMENT_PHOTO)


class EntryForm(forms.Form):
    """A proctor as somebody enters or corrects it; rules are the service's, which names each field."""

    site = forms.ChoiceField(label=_("考点"), error_messages={"required": _("请选择考点。")})
    username = forms.CharField(
        label=_("账号（工号）"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请填写账号。")},
    )
    name = forms.CharField(
        label=_("姓名"),
        max_length=64,
        help_text=_("与证件上完全一致。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请填写与证件一致的姓名。")},
    )
    document = forms.ChoiceField(
        label=_("证件类型"),
        required=False,
        choices=lambda: [("", _("按号码识别")), *((d.value, say(t)) for d, t in DOCUMENT_WORDS.items())],
        help_text=_("护照和其他证件只登记，不能认证。"),
    )
    id_no = forms.CharField(
        label=_("证件号码"),
        max_length=40,
        help_text=_("全角数字、小写 x 和空格会自动改正。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "num"}),
        error_messages={"required": _("请填写证件号码。")},
    )
    phone = forms.CharField(
        label=_("手机"), required=False, max_length=24, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    photo = forms.FileField(
        label=_("本人照片"),
        required=False,
        help_text=_("近期正面免冠照片，JPEG 或 PNG，面部清楚。"),
        widget=forms.FileInput(attrs=_PICTURE),
        error_messages={"empty": _("这个文件是空的，请重新选择。")},
    )
    document_photo = forms.FileField(
        label=_("证件照片"),
        required=False,
        help_text=_("证件有照片的一面，四角完整，字迹清楚。"),
        widget=forms.FileInput(attrs=_PICTURE),
        error_messages={"empty": _("这个文件是空的，请重新选择。")},
    )
    not_the_same = forms.BooleanField(label=_("已核实，不是同一人"), required=False)

    def __init__(
        self, *args: Any, sites: Iterable[ExamSite], own: ProctorProfile | None = None, **kwargs: Any
    ):
        if own is not None:
            kwargs["initial"] = _as_entered(own) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        field: Any = self.fields["site"]
        every = [(site.code, f"{site.name}（{site.code}）") for site in sites]
        field.choices = every if len(every) == 1 else [("", _("请选择")), *every]
        self.kept: dict[Fact, Kept] = {}
        self.codes: set[str] = set()  # of what the service found wrong
        self.own = own
        if own is not None:
            self.fields["username"].disabled = True
            self.fields["id_no"].required = False
            self.fields["id_no"].help_text = _("留空表示不改。全角数字、小写 x 和空格会自动改正。")

    def clean(self) -> dict[str, Any]:
        """Takes the pictures in first: what else is wrong costs nobody a second upload."""
        values = super().clean() or {}
        for fact in PICTURES:
            if sent := values.get(fact.value):
                try:
                    self.kept[fact] = registry_photos.take(sent.file, fact)
                except Refusal as refusal:
                    self.add_error(fact.value, say(refusal.detail))
            elif kept := _opened(self.data.get(f"kept_{fact.value}", "")):
                self.kept[fact] = kept
        return values

    def entry(self) -> Entry:
        """What was entered, with the pictures taken in."""
        said = {
            name: self.cleaned_data[name] for name in self.fields if name not in (p.value for p in PICTURES)
        }
        return Entry(**said, pictures=self.kept)

    def refuse(self, invalid: Invalid) -> None:
        """Puts what the service found beside its fields."""
        for error in invalid.errors:
            name = error.field if error.field in self.fields else None
            self.add_error(name, say(error.detail))
            self.codes.add(error.code)

    @property
    def waiting(self) -> list[dict[str, str]]:
        """Pictures that have arrived and go with the next sending: field, signed content."""
        return [
            {
                "name": f"kept_{fact.value}",
                "label": str(self.fields[fact.value].label),
                "value": _sealed(kept),
            }
            for fact, kept in self.kept.items()
        ]


class RevealForm(forms.Form):
    """Why somebody must see the whole number."""

    purpose = forms.ChoiceField(
        label=_("用途"),
        choices=lambda: [("", _("请选择")), *((p.value, say(t)) for p, t in PURPOSE_WORDS.items())],
        error_messages={"required": _("请选择用途。"), "invalid_choice": _("请选择用途。")},
    )
    words = forms.CharField(
        label=_("具体事由"),
        max_length=200,
        help_text=_("会连同您的姓名和时间记录在案。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请写明具体事由，会记录在案。")},
    )


def _as_entered(own: ProctorProfile) -> dict[str, Any]:
    """Everything but the number, which is never sent to a page to be typed over."""
    return {
        "site": own.site.code,
        "username": own.user.username,
        "name": own.user.name,
        "document": own.kind.value if own.id_no else own.document,
        "phone": own.phone,
    }


def _sealed(kept: Kept) -> str:
    return signing.dumps([kept.sha256, *kept.hints], salt=_SALT)


def _opened(text: str) -> Kept | None:
    try:
        sha256, *hints = signing.loads(text, salt=_SALT, max_age=_LIVES)
    except (signing.BadSignature, ValueError):
        return None
    return Kept(sha256, tuple(hints))
