"""The chief's queue on a phone (C3, E6): whoever waits, at all own sites and units, the oldest first."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from exam_ops.core import policies
from exam_ops.core.decided import Answer
from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.rules.id_numbers import mask
from verification.models import EntryRequest
from verification.selectors import phone_pages
from verification.services.decisions import can_decide
from verification.views import queue, words
from verification.views.live import LivePage


class ChiefQueue(LivePage):
    """The page; its middle is polled at `ChiefLive`."""

    action = "entry.decide"
    template = "phone/chief.html"
    fragment = "phone/_chief.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.page(self.drawn())

    def drawn(self) -> dict[str, Any]:
        places = list(phone_pages.deciding_now(self.actor, now=self.now))
        plan = places[0].unit.plan if places else None
        if plan is not None:
            self.about(plan)
        rows = phone_pages.waiting_for(self.actor, places, now=self.now)
        requests = list(rows[: phone_pages.MOST_SHOWN])
        return {
            "start": "chief",
            "live_url": reverse("phone-chief-live"),
            "places": [_place(place) for place in places],
            "cards": self._cards(requests, plan, several=len({p.site_id for p in places}) > 1),
            "total": rows.count() if len(requests) == phone_pages.MOST_SHOWN else len(requests),
            "settled": self._settled(requests, plan),
            "is_open": any(self.now < place.entry_closes_at for place in places),
            "refuse_choices": words.REFUSAL_REASONS,
        }

    def _cards(
        self, requests: list[EntryRequest], clock: ExamPlan | None, *, several: bool
    ) -> list[dict[str, Any]]:
        answers = can_decide(self.actor, requests, now=self.now)
        return [self._card(answer, clock, with_site=several) for answer in answers if clock]

    def _card(self, answer: Answer[EntryRequest], clock: ExamPlan, *, with_site: bool) -> dict[str, Any]:
        """A request with all that a decision needs; instants stand on the page's clock, `clock`."""
        request = answer.row
        plan, site_unit = request.site_unit.unit.plan, request.site_unit
        card = queue.request_card(
            request,
            answer.refusal,
            now=self.now,
            long_after=policies.of(plan).request_blocks_after,
            plan=plan,
            back=reverse("phone-chief"),
        )
        id_no = request.sitting.candidate.id_no
        return card | {
            "site": site_unit.site.name if with_site else "",
            "ticket": request.sitting.ticket_no,
            "id_no": mask(id_no) if id_no else "",
            "declined": request.reason == EntryRequest.Reason.FACE_DECLINED,
            "documents_checked": request.documents_checked,
            "requester": request.requester.name,
            "attempt": request.attempt,
            "note": request.note,
            "since": clock.plan_time(request.requested_at),
            "closes": clock.plan_time(site_unit.entry_closes_at),
            "closes_label": words.laid_hour(plan, site_unit.entry_closes_at),
        }

    def _settled(self, requests: list[EntryRequest], clock: ExamPlan | None) -> dict[str, Any] | None:
        """The request that stands on the phone's screen, once it waits no more: by whom and when."""
        id = _uuid(self.request.GET.get("card", ""))
        if id is None or clock is None or any(request.pk == id for request in requests):
            return None
        request = phone_pages.one_of_queue(self.actor, id, now=self.now)
        if request is None or request.effective == EntryRequest.Status.PENDING:  # type: ignore[attr-defined]
            return None
        state, label = words.REQUEST_STATES[request.effective]  # type: ignore[attr-defined]
        by = request.decided_by.name if request.decided_by else gettext("系统")
        return {
            "id": request.pk,
            "name": request.sitting.candidate.name,
            "place": words.place_of(request.room_session.room.room_no, request.sitting.seat_no),
            "state": state,
            "label": label,
            "by": gettext("您") if request.decided_by_id == self.actor.user.pk else by,
            "at": words.clock_on(request.site_unit.unit.plan, request.decided_at),
            "note": request.decision_note,
        }


class ChiefLive(ChiefQueue):
    """The polled middle: 304 as long as no room of the chief's has changed."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        mark = phone_pages.queue_mark(self.actor, now=self.now)
        offset = mark[0][4] if mark else None
        minute = int(self.now.timestamp() // 60)  # long waits are marked
        about = tuple(("site_unit", str(row[0])) for row in mark)
        return self.poll((mark, minute), offset, self.drawn, about=about)


def _place(site_unit: SiteUnit) -> str:
    return f"{site_unit.site.name} · {words.unit_words(site_unit.unit)}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
