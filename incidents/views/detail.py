"""One incident: headline, clock, action card, people, reports and timeline; and what the reader may do with it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.examclock import exam_clock
from exam_ops.core.pages import Page
from exam_ops.rules.escalation import next_level
from exam_ops.rules.text import Text
from incidents import selectors, words
from incidents.forms import AcknowledgeForm, DeclareForm, EscalateForm, ResolveForm
from incidents.models import EvidenceDuty, Incident
from incidents.services import acts, contacts
from incidents.views import card, people, storyline
from incidents.views.places import place_words

ALREADY_MAJOR = Text("已声明为重大事件。", "Already declared major.")


class IncidentPage(Page):
    """What every view of one incident shares: the row, and the whole page drawn."""

    action = "incident.see"
    template = "incidents/detail.html"

    def incident(self, pk: int, action: str = "") -> Incident:
        """The incident with what the page shows, once the actor may do `action` with it."""
        rows = selectors.with_times(Incident.objects.all()).select_related(
            "site_unit__unit__plan", "site_unit__site__branch", "acknowledged_by", "resolved_by", "opened_by"
        )
        found = access.get(self.actor, Incident, action or self.action, rows, pk=pk)
        self.about(found.site_unit.unit.plan)
        return found

    def draw(
        self, incident: Incident, *, sent: dict[str, forms.Form] | None = None, status: int = 200
    ) -> HttpResponse:
        """The page; `sent` holds the form of an act that was refused."""
        context = self.live_part(incident) | {"acts": self.acts(incident, sent or {})}
        return self.show(context, status=status)

    def live_part(self, incident: Incident) -> dict[str, Any]:
        site_unit = incident.site_unit
        plan = site_unit.unit.plan
        entries = list(incident.entries.select_related("actor"))
        sessions = list(incident.room_sessions.all())
        evidence_url = reverse("evidence-room", args=[sessions[0].pk]) if len(sessions) == 1 else ""
        ticks = {
            row.data.get("step", ""): card.Tick(row.actor.name if row.actor else "", row.plan_at)
            for row in entries
            if row.kind == "ticked"
        }
        return {
            "incident": incident,
            "line": selectors.line(incident, plan),
            "clock": exam_clock(site_unit, plan, self.now),
            "card": card.build(
                incident.kind,
                self.actor,
                ticks=ticks,
                evidence_url=evidence_url,
                branch=site_unit.site.branch,
                contacts=contacts.for_card(
                    incident.kind, site_unit.site.branch, plan_now=plan.plan_time(self.now)
                ),
            ),
            "tick_why": self.tick_why(incident),
            "ladder": people.ladder(incident, entries, now=self.now),
            "reports": storyline.reports(incident, entries),
            "timeline": storyline.timeline(incident, entries),
            "candidates": self.candidates(incident),
            "sessions": sessions,
        }

    def tick_why(self, incident: Incident) -> Text | None:
        if not incident.is_open:
            return _resolved(incident).detail
        refusal = access.refused(self.actor, "incident.tick", incident)
        return refusal.detail if refusal else None

    def candidates(self, incident: Incident) -> list[dict[str, Any]]:
        """Linked candidates with the duty that stands for them, by room and seat."""
        duties = {
            duty.sitting_id: duty
            for duty in EvidenceDuty.objects.filter(sitting__incidents=incident).order_by("pk")
        }
        rows = incident.sittings.select_related("candidate", "room_session__room").order_by(
            "room_session__room__room_no", "seat_no"
        )
        return [
            {
                "name": row.candidate.name,
                "room": row.room_session.room if row.room_session else "",
                "seat": row.seat_no,
                "duty": duty_chip(duties[row.pk]) if row.pk in duties else None,
                "url": reverse("evidence-room", args=[row.room_session_id]) if row.room_session_id else "",
            }
            for row in rows
        ]

    def acts(self, incident: Incident, sent: dict[str, forms.Form]) -> list[dict[str, Any]]:
        """The acts in order: label, form, and the reason where the actor may not or it is done."""
        above = next_level(incident.level)
        offered: list[dict[str, Any]] = [
            self.act("acknowledge", _("确认处理"), "check", AcknowledgeForm, incident, sent)
            | {"hint": _("确认后由您负责，停止自动上报下一级。"), "primary": True},
            self.act("escalate", _("上报上一级"), "send", EscalateForm, incident, sent)
            | {
                "hint": _("上报后通知%(level)s，并由其确认。") % {"level": words.LEVELS[above]}
                if above
                else ""
            },
            self.act("declare", _("声明重大"), "alert-triangle", DeclareForm, incident, sent)
            | {"hint": _("考前 5 分钟仍未解决则自动逐级上报；此后声明的立即上报。")},
            self.act("resolve", _("办结"), "circle-check", ResolveForm, incident, sent),
        ]
        return offered

    def act(
        self,
        key: str,
        label: str,
        icon: str,
        form: type[forms.Form],
        incident: Incident,
        sent: dict[str, forms.Form],
    ) -> dict[str, Any]:
        why = self.why_not(key, incident)
        drawn = sent.get(key) or form(initial=self.initial(key, incident), prefix=key)
        return {
            "key": key,
            "label": label,
            "icon": icon,
            "url": reverse(f"incident-{key}", args=[incident.pk]),
            "form": drawn,
            "open": key in sent,
            "why": None if key in sent else why,
        }

    def initial(self, key: str, incident: Incident) -> dict[str, Any]:
        if key != "escalate":
            return {}
        place = place_words(incident.site_unit, list(incident.room_sessions.all()))
        return {"place": place, "how_many": incident.people or None}  # type: ignore[attr-defined]

    def why_not(self, key: str, incident: Incident) -> Text | None:
        """Why the act is not open to the actor now; None when it is."""
        if refusal := access.refused(self.actor, ACT_ACTIONS[key], incident):
            return refusal.detail
        if not incident.is_open:
            return _resolved(incident).detail
        if key == "acknowledge" and incident.acknowledged_by:
            return acts.AlreadyAcknowledged(by=incident.acknowledged_by.name).detail
        if key == "escalate" and next_level(incident.level) is None:
            return acts.AlreadyEscalated().detail
        if key == "declare" and incident.declared_major:
            return ALREADY_MAJOR
        return None


ACT_ACTIONS = {
    "acknowledge": "incident.acknowledge",
    "escalate": "incident.escalate",
    "declare": "incident.escalate",
    "resolve": "incident.resolve",
}


def _resolved(incident: Incident) -> Refusal:
    return acts.AlreadyResolved(by=incident.resolved_by.name if incident.resolved_by else "")


def duty_chip(duty: EvidenceDuty) -> dict[str, Any]:
    """A duty's cause and state for chips."""
    return {
        "cause": words.CAUSES[duty.cause],
        "cause_state": words.CAUSE_STATES[duty.cause],
        "status": words.DUTIES[duty.status],
        "tone": words.DUTY_TONES[duty.status],
    }


class IncidentDetail(IncidentPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return self.draw(self.incident(pk))


class IncidentLive(IncidentPage):
    """The live part of the page: headline, card, people, reports, timeline."""

    template = "incidents/_live.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        incident = self.incident(pk)
        last = incident.entries.order_by("-pk").values_list("pk", flat=True).first()
        rooms = sum(session.revision for session in incident.room_sessions.all())
        read = people.arrived_and_read(incident)
        # Who is on duty and whom to call change without a line here: the card is drawn anew each minute.
        minute = int(self.now.timestamp()) // 60
        mark = (last, rooms, read, incident.site_unit.unit.plan.clock_offset, self.actor.roles, minute)
        return self.live(mark, lambda: self.show(self.live_part(incident)))
