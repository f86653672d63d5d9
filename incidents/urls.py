"""Addresses of incidents and evidence: pages and API."""

from django.urls import URLPattern, path

from incidents.api import evidence as evidence_api
from incidents.api import incidents as incidents_api
from incidents.views import board

pages: list[URLPattern] = [
    path("incidents/", board.IncidentList.as_view(), name="incident-list"),
    path("incidents/<int:pk>/", board.IncidentDetail.as_view(), name="incident-detail"),
]

api: list[URLPattern] = [
    path("incidents/", incidents_api.Incidents.as_view(), name="api-incidents"),
    path(
        "incidents/<uuid:id>/acknowledgement/",
        incidents_api.Acknowledgement.as_view(),
        name="api-incident-acknowledgement",
    ),
    path(
        "incidents/<uuid:id>/escalation/", incidents_api.Escalation.as_view(), name="api-incident-escalation"
    ),
    path(
        "incidents/<uuid:id>/resolution/", incidents_api.Resolution.as_view(), name="api-incident-resolution"
    ),
    path("evidence/", evidence_api.EvidenceUploads.as_view(), name="api-evidence"),
]
