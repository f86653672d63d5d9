"""What a room has not received from its phones, and who is still to be asked for: beside an IDV-04 and on the room's page."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from exam_ops.core import access
from exam_ops.core.models import RoomSession
from exam_ops.core.pages import Page
from verification.selectors.presence import rooms_asked
from verification.selectors.rooms import missing_from_phones
from verification.views import words

RANGES_SHOWN = 12


class RoomLag(Page):
    """Fragment: phones with the numbers that have not arrived; how many of the 未签到 have no answer yet (C6)."""

    action = "entry.see"
    template = "verification/_lag.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        rows = RoomSession.objects.select_related("site_unit__unit__plan", "room")
        session = access.get(self.actor, RoomSession, self.action, rows, pk=pk)
        asked = rooms_asked(RoomSession.objects.filter(pk=pk), now=self.now)
        context = {
            "room_name": words.room_name(session.room.room_no),
            "phones": phones_of(session),
            "asked": asked[0] if asked else None,
            "presence_url": reverse("room-presence", args=[pk]),
        }
        response = self.show(context)
        response["Cache-Control"] = "private, no-cache"
        return response


def phones_of(session: RoomSession) -> list[dict[str, Any]]:
    """Each phone that holds checks back: its number of them, and which."""
    return [
        {
            "device": missing.device_id,
            "count": len(missing.missing_seqs),
            "seqs": ranges(missing.missing_seqs),
        }
        for missing in missing_from_phones(session)
    ]


def ranges(numbers: Sequence[int]) -> str:
    """`1–3、7` of ascending numbers; cut after `RANGES_SHOWN` pieces."""
    pieces: list[list[int]] = []
    for number in numbers:
        if pieces and number == pieces[-1][1] + 1:
            pieces[-1][1] = number
        else:
            pieces.append([number, number])
    told = [f"{a}" if a == b else f"{a}–{b}" for a, b in pieces[:RANGES_SHOWN]]
    shown = gettext("、").join(told)
    return shown + gettext(" 等") if len(pieces) > RANGES_SHOWN else shown
