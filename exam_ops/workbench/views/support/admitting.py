"""放行: support lets in one phone that the rules refuse, for one unit, and takes it back (B3)."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.models import SiteUnit, User
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from exam_ops.workbench.views.system import back
from incidents.forms import show_refusal
from verification.forms_releases import AdmissionForm
from verification.models import DeviceAdmission
from verification.selectors import admissions as admitted
from verification.selectors.phones import phones_of
from verification.services import admissions
from verification.services.tokens import OUTCOMES

_ADMITTED = Text(
    "{name} 的手机已放行，到 {unit} 结束为止。请本人现在重新登录。",
    "{name}'s phone is let in until {unit} is over. Have them sign in again now.",
)
_REVOKED = Text(
    "已取消放行，这部手机已退出登录。", "It is let in no more; the phone is signed out everywhere."
)


class DeviceAdmit(Page):
    """The phone's facts with the form; a refusal comes back with what was typed."""

    action = "device.admit"
    template = "workbench/support_admission.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        account = access.get(self.actor, User, self.action, pk=pk)
        units = admitted.units_for(self.actor, account, now=self.now)
        form = AdmissionForm(site_units=units, initial={"site_unit": units[0].pk if units else ""})
        return self.draw(account, request.GET.get("device", ""), form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        account = access.get(self.actor, User, self.action, pk=pk)
        device = request.POST.get("device", "")[:100]
        units = admitted.units_for(self.actor, account, now=self.now)
        form = AdmissionForm(request.POST, site_units=units)
        if not form.is_valid():
            return self.draw(account, device, form, status=422)
        site_unit = access.get(self.actor, SiteUnit, self.action, pk=form.cleaned_data["site_unit"])
        try:
            row = admissions.admit(
                account,
                device,
                site_unit,
                reason=form.cleaned_data["reason"],
                actor=self.actor.user,
                now=self.now,
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self.draw(account, device, form, status=refusal.status)
        self.tell(_ADMITTED.format(name=account.name, unit=str(row.site_unit.unit)))
        return redirect(f"{reverse('support-desk')}?{urlencode({'q': account.username})}")

    def draw(self, account: User, device: str, form: AdmissionForm, *, status: int = 200) -> HttpResponse:
        lines = phones_of([account], now=self.now)[account.pk]
        phone = next((line for line in lines if line.device_id == device), None)
        context = {"account": account, "device": device, "phone": phone, "form": form}
        return self.show(context | {"outcomes": OUTCOMES.items()}, status=status)


class DeviceRevoke(Page):
    """Takes an admission back; looked at, it leads to the desk."""

    action = "device.admit"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("support-desk")

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        row = access.get(
            self.actor, DeviceAdmission, self.action, DeviceAdmission.objects.select_related("user"), pk=pk
        )
        try:
            admissions.revoke(row, actor=self.actor.user, now=self.now)
            self.tell(_REVOKED)
        except Refusal as refusal:
            self.warn(refusal)
        return redirect(back(request, "support-desk"))
