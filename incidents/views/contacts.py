"""技术支持联系人: headquarters keeps the national ones, a branch its own (D10)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, NotAllowed, Refusal
from exam_ops.core.models import Branch
from exam_ops.core.pages import Page
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from incidents.forms import show_refusal
from incidents.forms_duty import ContactForm
from incidents.models import Contact
from incidents.services import contacts

SAVED = Text("已保存：{name}。处置卡上一分钟内生效。", "Saved: {name}. Cards show it within a minute.")


class UnknownOwner(Invalid):
    def __init__(self) -> None:
        said = Text(
            "请选择联系人属于总部还是您的分部。",
            "Choose whose contact this is: headquarters' or your branch's.",
        )
        super().__init__(errors=[FieldError("owner", "unknown_owner", said)])


def keeps_national(actor: Actor) -> bool:
    """Whether the actor keeps headquarters' contacts."""
    return any(grant.role is Role.HQ for grant in actor.holding("contact.edit"))


def own_branches(actor: Actor) -> list[Branch]:
    """The branches whose contacts the actor keeps: the own one, not every one in sight."""
    ids = [g.branch_id for g in actor.holding("contact.edit") if g.role is Role.BRANCH and g.branch_id]
    return list(Branch.objects.filter(pk__in=ids).order_by("code"))


class ContactPage(Page):
    action = "contact.edit"
    template = "incidents/contacts.html"

    def draw(
        self, form: ContactForm, *, contact: Contact | None = None, owner: str = "", status: int = 200
    ) -> HttpResponse:
        """The list with the form below: of `contact`, or of a new one."""
        branches, national = own_branches(self.actor), keeps_national(self.actor)
        context = {
            "rows": contacts.own(branches, national=national),
            "form": form,
            "contact": contact,
            "owners": ([("", None)] if national else []) + [(branch.code, branch) for branch in branches],
            "owner": owner,
        }
        return self.show(context, status=status)

    def write(
        self, form: ContactForm, contact: Contact | None, owner: Branch | None
    ) -> HttpResponseBase | None:
        """Saves what was typed; None when it was refused, the reason beside its field."""
        if not form.is_valid():
            return None
        try:
            said = contacts.save(
                contact, form.cleaned_data, branch=owner, actor=self.actor.user, now=self.now
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
            return None
        self.tell(SAVED.format(name=said.name))
        return redirect("contact-list")


class ContactList(ContactPage):
    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.draw(ContactForm())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        code = request.POST.get("owner", "")[:20]
        owner = self.owner_of(code)
        form = ContactForm(request.POST)
        return self.write(form, None, owner) or self.draw(form, owner=code, status=422)

    def owner_of(self, code: str) -> Branch | None:
        """The branch named by `code`, None for headquarters; raises `UnknownOwner` when it is not the actor's."""
        if not code and keeps_national(self.actor):
            return None
        found: dict[str, Any] = {branch.code: branch for branch in own_branches(self.actor)}
        if not code and len(found) == 1:
            return next(iter(found.values()))
        if code not in found:
            raise UnknownOwner()
        return found[code]


class ContactEdit(ContactPage):
    def contact(self, pk: int) -> Contact:
        found = access.get(self.actor, Contact, self.action, Contact.objects.select_related("branch"), pk=pk)
        is_own = found.branch in own_branches(self.actor) if found.branch else keeps_national(self.actor)
        if not is_own:
            raise NotAllowed()
        return found

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        contact = self.contact(pk)
        return self.draw(ContactForm(instance=contact), contact=contact)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        contact = self.contact(pk)
        form = ContactForm(request.POST)
        return self.write(form, contact, contact.branch) or self.draw(form, contact=contact, status=422)
