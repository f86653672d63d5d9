"""One incident: headline, clock, action card, people, reports and timeline; and what the reader may do with it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from exam_ops.core import access
from exam_ops.core.examclock import exam_clock
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents import duty_selectors, selectors
from incidents.models import EvidenceDuty, Incident
from incidents.services import acts, attached, contacts
from incidents.views import card, offers, people, storyline

SEE_ROOM, MOST_PANELS = "entry.see", 6


class IncidentPage(Page):
    """What every view of one incident shares: the row, and the whole page drawn."""

    action = "incident.see"
    template = "incidents/detail.html"

    def incident(self, pk: int, action: str = "") -> Incident:
        """The incident with what the page shows, once the actor may do `action` with it."""
        rows = selectors.with_times(Incident.objects.all(), now=self.now).select_related(
            "resolved_by", "opened_by"
        )
        found = access.get(self.actor, Incident, action or self.action, rows, pk=pk)
        self.about(found.site_unit.unit.plan)
        return found

    def draw(
        self, incident: Incident, *, sent: dict[str, forms.Form] | None = None, status: int = 200
    ) -> HttpResponse:
        """The page; `sent` holds the form of an act that was refused."""
        shown = offers.Offers(self.actor, incident, self.now)
        context = self.live_part(incident) | {
            "acts": shown.drawn(sent or {}),
            "may_decide": self.actor.may("decision.make"),
            "panels": self.panels(incident),
        }
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
            "ladder": people.ladder(incident, now=self.now),
            "reports": storyline.reports(incident, entries),
            "timeline": storyline.timeline(incident, entries),
            "candidates": self.candidates(incident),
            "sessions": sessions,
        }

    def panels(self, incident: Incident) -> list[str]:
        """Where a feature draws what it knows of the incident's rooms, of those that the reader may look at."""
        name = attached.panel_of(incident)
        if not name or not incident.is_open:
            return []
        sessions = [s for s in incident.room_sessions.all() if not access.refused(self.actor, SEE_ROOM, s)]
        return [reverse(name, args=[session.pk]) for session in sessions[:MOST_PANELS]]

    def tick_why(self, incident: Incident) -> Text | None:
        if not incident.is_open:
            return acts.AlreadyResolved(by=incident.resolved_by.name if incident.resolved_by else "").detail
        refusal = access.refused(self.actor, "incident.tick", incident)
        return refusal.detail if refusal else None

    def candidates(self, incident: Incident) -> list[dict[str, Any]]:
        """Linked candidates with the duty that stands for them, by room and seat."""
        duties = {
            duty.sitting_id: duty
            for duty in EvidenceDuty.objects.filter(sitting__incidents=incident)
            .select_related("met_by")
            .order_by("pk")
        }
        rows = incident.sittings.select_related("candidate", "room_session__room").order_by(
            "room_session__room__room_no", "seat_no"
        )
        return [
            {
                "name": row.candidate.name,
                "room": row.room_session.room if row.room_session else "",
                "seat": row.seat_no,
                "duty": duty_selectors.chips(duties[row.pk]) if row.pk in duties else None,
                "url": reverse("evidence-room", args=[row.room_session_id]) if row.room_session_id else "",
            }
            for row in rows
        ]


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
