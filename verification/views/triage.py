"""The facts of a room whose check fails, beside the action card and on the room's page; drawn by htmx (C5, C7)."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import NoReverseMatch, reverse

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import RoomSession
from exam_ops.core.pages import Page
from verification.selectors import triage
from verification.selectors.blocked_rooms import open_incidents
from verification.selectors.triage import Triage
from verification.services import room_decisions, room_requests
from verification.views import words


class RoomTriage(Page):
    """Who of the room's proctors is kept out and by what, and what can be done for the room as a whole."""

    action = "entry.see"
    template = "verification/_triage.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        rows = RoomSession.objects.select_related("site_unit__unit__plan", "site_unit__site", "room")
        session = access.get(self.actor, RoomSession, self.action, rows, pk=pk)
        site_unit, plan = session.site_unit, session.site_unit.unit.plan
        is_open = site_unit.entry_opens_at <= self.now < site_unit.entry_closes_at
        is_blocked = bool(open_incidents(session))
        context = {
            "session": session,
            "room_name": words.room_name(session.room.room_no),
            "is_blocked": is_blocked,
            "people": [self._person(each, plan) for each in triage.of_room(pk, now=self.now)],
            "may_request": is_open and may(self.actor, room_requests.ACTION, session),
            "may_decide": is_open and is_blocked and may(self.actor, room_decisions.ACTION, session),
        }
        response = self.show(context)
        response["Cache-Control"] = "private, no-cache"
        return response

    def _person(self, each: Triage, plan: Any) -> dict[str, Any]:
        facts = each.facts
        return {
            "name": each.user.name,
            "position": triage.POSITIONS[triage.RosterRow.Position(each.position)],
            "locked": facts.is_locked,
            "locked_until": words.clock_on(plan, facts.locked_until, "%H:%M"),
            "unlock_url": self._unlock_url(each),
            "certified": facts.certified,
            "problems": [problem.detail for problem in facts.problems],
            "phone": each.phone,
            "outcome": each.outcome,
            "passed": facts.outcome == "passed",
            "tried_at": words.clock_on(plan, facts.tried_at),
            "checked_at": words.clock_on(plan, each.checked_at),
        }

    def _unlock_url(self, each: Triage) -> str:
        """Where the reader may unlock the account; nowhere for whoever may not."""
        if not each.facts.is_locked or not self.actor.may("account.unlock"):
            return ""
        try:
            return f"{reverse('account-list')}?q={each.user.username}"
        except NoReverseMatch:
            return ""


def may(actor: Actor, action: str, session: RoomSession) -> bool:
    """Whether the actor may do `action` in that room."""
    return actor.may(action) and access.refused(actor, action, session) is None
