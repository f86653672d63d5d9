"""系统管理 → 消息模板: the words of every kind of message, as headquarters may change them (E4)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents.forms import show_refusal
from incidents.forms_messages import TemplateForm
from incidents.services import templates, wordings
from incidents.services.templates import EVENTS
from incidents.services.wordings import TemplateRefused

EDIT = "template.edit"
_SAVED = Text(
    "模板“{label}”已保存，之后的消息使用新的措辞。",
    "“{label}” is saved; messages from now on use these words.",
)
_RESET = Text("模板“{label}”已恢复为系统默认。", "“{label}” is back to the portal's own words.")


class TemplateList(Page):
    """Every kind of message with its words in force."""

    action = EDIT
    template = "incidents/templates.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        changed = templates.changed(EVENTS)
        return self.show({"rows": [self.shown(event, changed.get(event)) for event in EVENTS]})

    def shown(self, event: str, row: Any) -> dict[str, Any]:
        title, body = templates.in_force(EVENTS[event], row)
        return {"words": EVENTS[event], "title": title, "body": body, "row": row}


class TemplateEdit(Page):
    """The words of one kind, with a preview on sample fields."""

    action = EDIT
    template = "incidents/template_form.html"

    def get(self, request: HttpRequest, event: str) -> HttpResponse:
        title, body = wordings.in_force(event)
        said = {f"title_{k}": v for k, v in title.both.items()} | {
            f"body_{k}": v for k, v in body.both.items()
        }
        return self.draw(event, TemplateForm(initial=said), *wordings.preview(event, title=title, body=body))

    def post(self, request: HttpRequest, event: str) -> HttpResponseBase:
        wordings.words_of(event)
        form = TemplateForm(request.POST)
        title, body = written(form)
        try:
            wordings.save(event, title=title, body=body, actor=self.actor.user, now=self.now)
        except TemplateRefused as refusal:
            show_refusal(form, refusal)
            return self.draw(event, form, None, None, status=refusal.status)
        self.tell(_SAVED.format(label=EVENTS[event].label))
        return redirect("template-list")

    def draw(
        self, event: str, form: TemplateForm, title: Text | None, body: Text | None, status: int = 200
    ) -> HttpResponse:
        return self.show(
            {
                "words": EVENTS[event],
                "fields": sorted(EVENTS[event].fields),
                "form": form,
                "row": templates.changed([event]).get(event),
                "title": title,
                "body": body,
            },
            status=status,
        )


class TemplatePreview(Page):
    """Fragment: the words as typed, on sample fields, or what is wrong with them."""

    action = EDIT
    template = "incidents/_template_preview.html"

    def post(self, request: HttpRequest, event: str) -> HttpResponse:
        wordings.words_of(event)
        title, body = written(TemplateForm(request.POST))
        try:
            title, body = wordings.preview(event, title=title, body=body)
        except TemplateRefused as refusal:
            return self.show({"errors": [error.detail for error in refusal.errors]})
        return self.show({"title": title, "body": body})


class TemplateReset(Page):
    """Back to the portal's own words."""

    action = EDIT

    def post(self, request: HttpRequest, event: str) -> HttpResponseBase:
        wordings.reset(event, actor=self.actor.user, now=self.now)
        self.tell(_RESET.format(label=EVENTS[event].label))
        return redirect("template-edit", event=event)


def written(form: TemplateForm) -> tuple[Text, Text]:
    """Title and body as typed."""
    form.full_clean()
    said = {name: form.cleaned_data.get(name, "").replace("\r\n", "\n") for name in form.fields}
    return Text(said["title_zh"], said["title_en"]), Text(said["body_zh"], said["body_en"])
