"""应急事件: the board of incidents and one incident with its card, people and timeline."""

from django.http import HttpRequest, HttpResponse

from exam_ops.core import access
from exam_ops.core.pages import Page
from incidents.models import Incident


class IncidentList(Page):
    action = "incident.see"
    template = "incidents/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show({"incidents": access.visible(self.actor, Incident, self.action)})


class IncidentDetail(Page):
    action = "incident.see"
    template = "incidents/detail.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        incident = access.get(self.actor, Incident, self.action, pk=pk)
        self.about(incident.site_unit.unit.plan)
        return self.show({"incident": incident})
