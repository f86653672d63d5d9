"""What the reader may do with an incident: each act with its form, or the reason why not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.errors import Refusal
from exam_ops.rules.escalation import next_level
from exam_ops.rules.text import Text
from incidents import words
from incidents.forms import (
    AcknowledgeForm,
    DeclareForm,
    EscalateForm,
    HandOverForm,
    RegradeForm,
    ReopenForm,
    ResolveForm,
    StrikeForm,
    UpdateForm,
)
from incidents.models import Incident
from incidents.services import acts, closing, mine, standing
from incidents.views import storyline
from incidents.views.places import place_words
from incidents.views.takers import takers

ALREADY_MAJOR = Text("已声明为重大事件。", "Already declared major.")
NOTHING_TO_STRIKE = Text("没有可以划去的记录。", "There is no line that could be struck.")


@dataclass(frozen=True)
class Offer:
    """One act: its name in addresses, what one must hold, its words and its form."""

    key: str
    action: str
    label: Any
    icon: str
    form: type[forms.Form]
    when_resolved: bool = False  # what is done with a resolved incident


OFFERS = (
    Offer("acknowledge", "incident.acknowledge", gettext_lazy("确认处理"), "check", AcknowledgeForm),
    Offer("update", "incident.update", gettext_lazy("续报"), "pencil", UpdateForm),
    Offer("hand-over", "incident.hand_over", gettext_lazy("移交"), "users", HandOverForm),
    Offer("escalate", "incident.escalate", gettext_lazy("上报上一级"), "send", EscalateForm),
    Offer("declare", "incident.escalate", gettext_lazy("声明重大"), "alert-triangle", DeclareForm),
    Offer("regrade", "incident.regrade", gettext_lazy("调整级别"), "filter", RegradeForm),
    Offer("resolve", "incident.resolve", gettext_lazy("办结"), "circle-check", ResolveForm),
    Offer("reopen", "incident.reopen", gettext_lazy("重新打开"), "refresh", ReopenForm, when_resolved=True),
    Offer("strike", "incident.strike", gettext_lazy("划去记录"), "x", StrikeForm),
)
BY_KEY = {offer.key: offer for offer in OFFERS}


@dataclass
class Offers:
    """The acts of one reader upon one incident at `now`."""

    actor: Actor
    incident: Incident
    now: datetime

    def drawn(self, sent: Mapping[str, forms.Form]) -> list[dict[str, Any]]:
        """Every act for the page; `sent` holds the form of one that was refused, as it was typed."""
        return [self._one(offer, sent) for offer in OFFERS if self._fits(offer) or offer.key in sent]

    def _fits(self, offer: Offer) -> bool:
        """A resolved incident is reopened, or a line of it struck; an open one takes all other acts."""
        return offer.key == "strike" or offer.when_resolved != self.incident.is_open

    def _one(self, offer: Offer, sent: Mapping[str, forms.Form]) -> dict[str, Any]:
        why = None if offer.key in sent else self.why_not(offer)
        return {
            "key": offer.key,
            "label": offer.label,
            "icon": offer.icon,
            "url": reverse(f"incident-{offer.key}", args=[self.incident.pk]),
            "form": sent.get(offer.key) or (None if why else self.form(offer)),
            "open": offer.key in sent,
            "why": why,
            "hint": "" if why else self._hint(offer.key),
            "primary": offer.key == "acknowledge",
        }

    def form(self, offer: Offer, data: Any = None) -> forms.Form:
        """The act's form: empty, or bound to what was sent."""
        more: dict[str, Any] = {}
        match offer.key:
            case "hand-over":
                more["people"] = takers(self.incident, self.actor, now=self.now)
            case "regrade":
                more["grades"] = [(n, words.GRADES[n]) for n in (1, 2, 3, 4) if n != self.incident.grade]
            case "strike":
                more["entries"] = storyline.strikable(self.incident)
            case "escalate" if data is None:
                place = place_words(self.incident.site_unit, list(self.incident.room_sessions.all()))
                more["initial"] = {"place": place, "how_many": self.incident.people or None}  # type: ignore[attr-defined]
        return offer.form(data, prefix=offer.key, **more)

    def why_not(self, offer: Offer) -> Text | None:
        """Why the act is not open to the reader now; None when it is."""
        if refusal := access.refused(self.actor, offer.action, self.incident):
            return refusal.detail
        check: Callable[[], Text | None] | None = {
            "acknowledge": self._answered,
            "escalate": lambda: (
                _said(acts.AlreadyEscalated()) if next_level(self.incident.level) is None else None
            ),
            "declare": lambda: ALREADY_MAJOR if self.incident.declared_major else None,
            "resolve": self._above_me,
            "strike": lambda: None if storyline.strikable(self.incident) else NOTHING_TO_STRIKE,
        }.get(offer.key)
        return check() if check else None

    def _answered(self) -> Text | None:
        """Who has said "mine" for the level that the reader speaks for."""
        incident = self.incident
        if incident.status == Incident.Status.ACKNOWLEDGED:
            by = incident.acknowledged_by
        else:
            stand = standing.load([incident])[0]
            step = stand.steps.get(mine.speaks_for(self.actor.user, stand, now=self.now))
            if step is None or step.acknowledged_at is None:
                return None
            by = step.acknowledged_by
        return _said(acts.AlreadyAcknowledged(by=mine.name_of(by)))

    def _above_me(self) -> Text | None:
        try:
            closing.refuse_below(self.incident, self.actor.user, now=self.now)
        except acts.NotYoursToClose as refusal:
            return _said(refusal)
        return None

    def _hint(self, key: str) -> str:
        above = next_level(self.incident.level)
        match key:
            case "acknowledge":
                return _("确认后由您负责，停止自动上报下一级。")
            case "escalate" if above:
                return _("上报后通知%(level)s，并由其确认。") % {"level": words.LEVELS[above]}
            case "declare":
                return _("考前 5 分钟仍未解决则自动逐级上报；此后声明的立即上报。")
            case "hand-over":
                return _("对方须在时限内接手，否则通知上一级。")
            case "regrade":
                return _("此后按新级别的阶梯通知。")
            case "strike":
                return _("划去的记录仍可读，并注明原因；记录从不修改或删除。")
        return ""


def _said(refusal: Refusal) -> Text:
    return refusal.detail
