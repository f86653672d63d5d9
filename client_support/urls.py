"""Addresses of this floor: pages and API."""

from django.urls import URLPattern, path

from client_support.api import authorisations, logins, machines, offline, papers

pages: list[URLPattern] = []
api: list[URLPattern] = [
    path("client/reports/", machines.Reports.as_view(), name="api-client-reports"),
    path("client/logins/", logins.Logins.as_view(), name="api-client-logins"),
    path("client/logins/<uuid:id>/", logins.Login.as_view(), name="api-client-login"),
    path("client/sessions/<uuid:id>/answers/", papers.Answers.as_view(), name="api-client-answers"),
    path("client/sessions/<uuid:id>/events/", papers.Events.as_view(), name="api-client-events"),
    path("client/sessions/<uuid:id>/submission/", papers.Submission.as_view(), name="api-client-submission"),
    path("login-authorisations/decisions/", authorisations.Decisions.as_view(), name="api-login-decisions"),
    path("offline-packages/", offline.OfflinePackages.as_view(), name="api-offline-packages"),
]
