"""Forms of the exam client's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exam_ops.core.errors import Invalid
from exam_ops.core.language import say


class Instant(forms.DateTimeField):
    """A local date and time to the minute."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(
            required=False, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs
        )


class AddressForm(forms.Form):
    """登记公网IP."""

    network = forms.CharField(
        label=_("公网IP或网段"),
        max_length=60,
        help_text=_("IPv4、IPv6 或 CIDR。有多个外网 IP 的，逐个全部登记。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "36.110.8.20"}
        ),
    )
    carrier = forms.CharField(label=_("运营商"), max_length=40, required=False)
    valid_from = Instant(label=_("生效时间"), help_text=_("不填即刻生效。"))
    valid_until = Instant(label=_("失效时间"), help_text=_("不填长期有效。"))

    def say_no(self, refusal: Invalid) -> None:
        """Puts what a service refused next to its field."""
        for error in refusal.errors:
            self.add_error(error.field if error.field in self.fields else None, say(error.detail))
