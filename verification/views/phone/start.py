"""`/m/`: where a phone begins; it sends each role to its page."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exam_ops.core.access import Actor
from exam_ops.core.pages import Page
from exam_ops.rules.permissions import Role

CHIEF = ("phone-chief", _("主考审批"), _("等待您决定的入场审批，两张照片并排。"), "user-scan")
ROOM = ("phone-rooms", _("我的考场"), _("名单、入场审批、上报事件；没有网络也能填写。"), "list-check")
OFFICE = ("home", _("工作台"), _("待办、值班队列和各单元的情况。"), "layout-dashboard")


class Start(Page):
    """One page for a role that has one; else a choice of two or three."""

    action = "phone.see"
    template = "phone/start.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        pages = pages_of(self.actor)
        if len(pages) == 1:
            return redirect(pages[0][0])
        choices: list[dict[str, Any]] = [
            {"url": reverse(name), "label": label, "hint": hint, "icon": icon}
            for name, label, hint, icon in pages
        ]
        return self.show({"start": "", "choices": choices})


def pages_of(actor: Actor) -> list[tuple[str, Any, Any, str]]:
    """The phone pages of a person: a branch's queue stands on the workbench."""
    mine = (
        (CHIEF, actor.may("entry.decide")),
        (ROOM, actor.may("entry.request")),
        (OFFICE, actor.has(Role.BRANCH, Role.SITE)),
    )
    return [page for page, is_mine in mine if is_mine]
