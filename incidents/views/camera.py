"""The evidence camera on a phone (C14, E6): duties, camera, marks and reason of one room; it works without a network.

The page carries the room's check code and is kept by the phone until evidence closes; pictures go by the
phone's queue through the contract's own call.
"""

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from exam_ops.core.models import RoomSession
from incidents import duty_selectors, words
from incidents.services import strip
from incidents.views.evidence import RoomPage

KEPT_UNTIL = "X-Kept-Until"  # until when a phone may keep the page, as a real instant


class EvidenceCamera(RoomPage):
    """The page; its duties are polled at `EvidenceCameraLive`."""

    action = "evidence.upload"
    template = "phone/camera.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        session = self.session(pk)
        site_unit = session.site_unit
        context = self.live_part(session) | {
            "start": "room",
            "rows": duty_selectors.to_mark(session),
            "sentences": words.EVIDENCE_REASONS,
            "given": strip.give(session, now=self.now),
            "stamp": stamp_of(session),
        }
        response = self.show(context)
        response["Cache-Control"] = "private, no-cache"
        response["X-Clock-Now"] = site_unit.unit.plan.plan_time(self.now).isoformat()
        response[KEPT_UNTIL] = site_unit.evidence_closes_at.isoformat()
        return response


class EvidenceCameraLive(RoomPage):
    """The polled part: who owes, until when, what arrived."""

    action = "evidence.upload"
    template = "phone/_camera.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        session = self.session(pk)
        response = self.live(self.mark(session), lambda: self.show(self.live_part(session)))
        response[KEPT_UNTIL] = session.site_unit.evidence_closes_at.isoformat()
        return response


def stamp_of(session: RoomSession) -> dict[str, Any]:
    """What the strip below a picture says beside its time: where it was taken."""
    site_unit = session.site_unit
    unit = site_unit.unit
    return {
        "place": f"{site_unit.site.name} {session.room.room_no}考场",
        "unit": f"{unit.plan.name} {unit.name}",
        "address": site_unit.where,
    }
