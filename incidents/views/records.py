"""监考记录与考后核验管理: which rooms owe 应急材料, and the way to 标记."""

from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from exam_ops.core.examclock import exam_clock
from exam_ops.core.models import RoomSession
from exam_ops.core.pages import Page
from exam_ops.rules.evidence_checks import State
from incidents import selectors
from incidents.models import EvidenceDuty
from incidents.views import places
from incidents.views.places import Place

_STATUSES = EvidenceDuty.Status


def duty_counts() -> dict[str, Count]:
    """How many duties of a room are owed, met and missed; how many pictures there are, and of them doubted ones."""
    counted = {
        name: Count("duties", filter=Q(duties__status=status), distinct=True)
        for name, status in (("owed", _STATUSES.OPEN), ("met", _STATUSES.MET), ("missed", _STATUSES.MISSED))
    }
    standing = Q(evidence__withdrawn_at=None)
    return counted | {
        "photos": Count("evidence", distinct=True),
        "doubted": Count(
            "evidence", filter=standing & Q(evidence__checks__state=State.FLAGGED), distinct=True
        ),
    }


class ExamRecords(Page):
    """Plan, unit and site; then its rooms, those that owe first. Without a site: the sites, those that owe first."""

    action = "evidence.see"
    template = "incidents/records.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place()
        return self.show(self.shown(place))

    def place(self) -> Place:
        place = places.choose(self.actor, self.action, self.request.GET, now=self.now)
        if place.plan is not None:
            self.about(place.plan)
        return place

    def shown(self, place: Place) -> dict[str, Any]:
        context: dict[str, Any] = {"place": place, "query": self.request.GET.urlencode()}
        if place.site_unit is not None and place.plan is not None:
            rooms = self.rooms(place)
            return context | {
                "clock": exam_clock(place.site_unit, place.plan, self.now),
                "rooms": rooms,
                "counts": self.counts(rooms),
                "closes_at": selectors.closes_at(place.site_unit),
                "closed": self.now >= place.site_unit.evidence_closes_at,
                "package_url": reverse("package-site", args=[place.site_unit.pk])
                if self.actor.may("package.see")
                else "",
            }
        return context | {"sites": self.sites(place)}

    def rooms(self, place: Place) -> list[Any]:
        rows: Any = (
            RoomSession.objects.filter(pk__in=[session.pk for session in place.sessions])
            .select_related("room")
            .prefetch_related("roster__proctor")
            .annotate(**duty_counts())
        )
        return sorted(rows, key=lambda row: (-row.missed, -row.owed, -row.met, row.room.room_no))

    def counts(self, rooms: list[Any]) -> list[dict[str, Any]]:
        totals = {
            name: sum(getattr(row, name) for row in rooms) for name in ("owed", "met", "missed", "photos")
        }
        labels = (
            ("owed", _("待提交"), "watch"),
            ("met", _("已提交"), "good"),
            ("missed", _("逾期未交"), "trouble"),
            ("photos", _("照片"), ""),
        )
        return [
            {"key": key, "label": label, "value": totals[key], "tone": tone if totals[key] else ""}
            for key, label, tone in labels
        ]

    def sites(self, place: Place) -> list[dict[str, Any]]:
        """The sites of the unit with what they owe, trouble first."""
        rows = (
            EvidenceDuty.objects.filter(room_session__site_unit__in=place.site_units)
            .values("room_session__site_unit")
            .annotate(
                owed=Count("pk", filter=Q(status=_STATUSES.OPEN)),
                met=Count("pk", filter=Q(status=_STATUSES.MET)),
                missed=Count("pk", filter=Q(status=_STATUSES.MISSED)),
            )
        )
        found = {row["room_session__site_unit"]: row for row in rows}
        none = {"owed": 0, "met": 0, "missed": 0}
        query = self.request.GET.copy()
        sites = []
        for site_unit in place.site_units:
            query["plan"], query["unit"], query["site"] = (
                site_unit.unit.plan.code,
                site_unit.unit.code,
                site_unit.site.code,
            )
            url = f"{reverse('exam-records')}?{query.urlencode()}"
            sites.append({"site": site_unit.site, "url": url} | none | found.get(site_unit.pk, {}))
        return sorted(sites, key=lambda row: (-row["missed"], -row["owed"], -row["met"], row["site"].code))


class ExamRecordsLive(ExamRecords):
    """The live part of the records: figures and rooms."""

    template = "incidents/_records.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place()
        scope = EvidenceDuty.objects.filter(room_session__site_unit__in=place.site_units)
        statuses = tuple(scope.order_by("status").values_list("status").annotate(n=Count("pk")))
        revision = RoomSession.objects.filter(site_unit__in=place.site_units).aggregate(n=Sum("revision"))[
            "n"
        ]
        offset = place.plan.clock_offset if place.plan else None
        closed = bool(place.site_unit and self.now >= place.site_unit.evidence_closes_at)
        mark = (request.GET.urlencode(), statuses, revision, offset, closed, self.actor.user.pk)
        return self.live(mark, lambda: self.show(self.shown(place)))
