"""系统管理 → 通知渠道: where each organisation hears of things besides the portal (E4)."""

from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from exam_ops.core import access
from exam_ops.core.errors import Invalid
from exam_ops.core.models import Branch, ExamSite
from exam_ops.core.pages import Page
from exam_ops.rules.escalation import Level
from exam_ops.rules.text import Text
from incidents import words
from incidents.channels.kinds import KINDS
from incidents.forms import show_refusal
from incidents.forms_messages import ChannelForm
from incidents.models import Channel, Delivery
from incidents.services import channels
from incidents.services.channels import ChannelRefused
from incidents.services.deliveries import Organisation
from incidents.views.deliveries import STATUSES, TONES

SET = "channel.set"
_SAVED = Text(
    "渠道“{name}”已保存。请发送一条测试消息确认。", "“{name}” is saved. Send a test message to make sure."
)
_ARRIVED = Text("测试消息已送达“{name}”。", "The test message arrived at “{name}”.")
_NOT_ARRIVED = Text(
    "测试消息没有送达“{name}”：{error}", "The test message did not arrive at “{name}”: {error}"
)


class ChannelPage(Page):
    """What the pages of channels share: whose channels the actor sets."""

    action = SET

    def rows(self) -> QuerySet[Channel]:
        return access.visible(self.actor, Channel, SET).select_related("site", "branch", "changed_by")

    def channel(self, pk: int) -> Channel:
        return access.get(
            self.actor, Channel, SET, rows=Channel.objects.select_related("site", "branch"), pk=pk
        )

    def places(self) -> dict[str, tuple[Organisation, str]]:
        """The organisations for which the actor may make channels, with their names."""
        return dict(self._places())

    def _places(self) -> Iterator[tuple[str, tuple[Organisation, str]]]:
        held = list(self.actor.holding(SET))
        if any(grant.is_everywhere for grant in held):
            yield "hq", (Organisation(Level.HQ), str(words.LEVELS[Level.HQ]))
        for branch in Branch.objects.filter(pk__in=[g.branch_id for g in held if g.branch_id]):
            yield f"branch-{branch.pk}", (Organisation(Level.BRANCH, branch_id=branch.pk), branch.name)
        for site in ExamSite.objects.filter(pk__in=[g.site_id for g in held if g.site_id]):
            yield f"site-{site.pk}", (Organisation(Level.SITE, site_id=site.pk), site.name)


class ChannelList(ChannelPage):
    """The channels of the own organisation; headquarters sees all."""

    template = "incidents/channels.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        last = Delivery.objects.filter(channel=OuterRef("pk"), tried_at__isnull=False).order_by(
            "-tried_at", "-pk"
        )
        rows = self.rows().annotate(
            last_status=Subquery(last.values("status")[:1]), last_at=Subquery(last.values("tried_at")[:1])
        )
        return self.show({"rows": [self.shown(row) for row in rows]})

    def shown(self, row: Any) -> dict[str, Any]:
        return facts(row) | {
            "last": STATUSES.get(row.last_status),
            "last_tone": TONES.get(row.last_status),
            "last_at": row.last_at,
            "rests": row.paused_until is not None and row.paused_until > self.now,
        }


def facts(channel: Channel) -> dict[str, Any]:
    """A channel in words; its address masked."""
    return {
        "channel": channel,
        "kind": KINDS[channel.kind].label,
        "place": channel.site or channel.branch or words.LEVELS[Level.HQ],
        "address": channels.shown_address(channel),
        "grade": words.GRADES[channel.least_grade],
        "language": "English" if channel.language.startswith("en") else "中文",
    }


class ChannelNew(ChannelPage):
    """A new channel of an organisation of the actor's own."""

    template = "incidents/channel_form.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.draw(self.form())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.draw(form, status=422)
        place, _name = self.places()[form.cleaned_data["place"]]
        try:
            made = channels.create(
                form.cleaned_data["kind"], place, form.wanted(), actor=self.actor.user, now=self.now
            )
        except ChannelRefused as refusal:
            return self.draw(_told(form, refusal), status=refusal.status)
        self.tell(_SAVED.format(name=made.name))
        return redirect("channel-detail", pk=made.pk)

    def form(self, data: Any = None) -> ChannelForm:
        places = [(key, name) for key, (_place, name) in self.places().items()]
        return ChannelForm(data, places=places, channel=None)

    def draw(self, form: ChannelForm, status: int = 200) -> HttpResponse:
        return self.show({"form": form, "heading": _("新建通知渠道")}, status=status)


class ChannelDetail(ChannelPage):
    """One channel: changed, tested, and what it sent last."""

    template = "incidents/channel_form.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        channel = self.channel(pk)
        return self.draw(channel, ChannelForm(initial=ChannelForm.of(channel), places=[], channel=channel))

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        channel = self.channel(pk)
        form = ChannelForm(request.POST, places=[], channel=channel)
        if not form.is_valid():
            return self.draw(channel, form, status=422)
        try:
            channels.change(channel, form.wanted(), actor=self.actor.user, now=self.now)
        except ChannelRefused as refusal:
            return self.draw(self.channel(pk), _told(form, refusal), status=refusal.status)
        self.tell(_SAVED.format(name=channel.name))
        return redirect("channel-detail", pk=pk)

    def draw(self, channel: Channel, form: ChannelForm, status: int = 200) -> HttpResponse:
        sent = Delivery.objects.filter(channel=channel).order_by("-pk")[:5]
        last = [{"row": row, "status": STATUSES[row.status], "tone": TONES[row.status]} for row in sent]
        about = {"form": form, "heading": channel.name, "last": last}
        return self.show(facts(channel) | about, status=status)


class ChannelTest(ChannelPage):
    """Sends a test message now and says what came of it."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        channel = self.channel(pk)
        done = channels.test(channel, actor=self.actor.user, now=self.now)
        if done.status == Delivery.Status.DELIVERED:
            self.tell(_ARRIVED.format(name=channel.name))
        else:
            self.warn(Invalid(detail=_NOT_ARRIVED.format(name=channel.name, error=done.error)))
        return redirect("channel-detail", pk=pk)


def _told(form: ChannelForm, refusal: ChannelRefused) -> ChannelForm:
    show_refusal(form, refusal)
    return form
