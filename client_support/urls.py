"""Addresses of this floor: pages and API."""

from django.urls import URLPattern, path

from client_support.api import authorisations, logins, machines, offline, papers
from client_support.views import board, sites

pages: list[URLPattern] = [
    path("sites/", sites.SiteList.as_view(), name="site-list"),
    path("sites/<str:code>/", sites.SiteDetail.as_view(), name="site-detail"),
    path("sites/<str:code>/addresses/", sites.AddressRegister.as_view(), name="address-register"),
    path(
        "sites/<str:code>/addresses/<int:pk>/removal/", sites.AddressRemove.as_view(), name="address-remove"
    ),
    path("clients/", board.ClientBoard.as_view(), name="client-board"),
    path("clients/<int:pk>/authorisations/", board.LoginAuthorise.as_view(), name="login-authorise"),
]
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
