"""Addresses of this floor: pages and API."""

from django.urls import URLPattern, path, register_converter

from verification.api import entry_requests, people, photos, rooms, sign_ins
from verification.api.shared import AnyCaseUuid

register_converter(AnyCaseUuid, "any_case_uuid")

pages: list[URLPattern] = []
api: list[URLPattern] = [
    path("auth/tokens/", people.Tokens.as_view(), name="api-auth-tokens"),
    path("auth/tokens/current/", people.CurrentToken.as_view(), name="api-auth-token-current"),
    path("app/releases/", people.Releases.as_view(), name="api-app-releases"),
    path("app/duties/", rooms.Duties.as_view(), name="api-app-duties"),
    path("room-sessions/<int:pk>/roster/", rooms.Roster.as_view(), name="api-roster"),
    path("room-sessions/<int:pk>/sign-in-stats/", rooms.SignInStats.as_view(), name="api-sign-in-stats"),
    path("sittings/<int:pk>/photo/", photos.SittingPhoto.as_view(), name="api-sitting-photo"),
    path("proctor-sign-ins/", sign_ins.ProctorSignIns.as_view(), name="api-proctor-sign-ins"),
    path(
        "proctor-sign-ins/<any_case_uuid:pk>/photo/",
        photos.ProctorSignInPhoto.as_view(),
        name="api-proctor-sign-in-photo",
    ),
    path("sign-ins/", sign_ins.SignIns.as_view(), name="api-sign-ins"),
    path("sign-ins/<any_case_uuid:pk>/photo/", photos.SignInPhoto.as_view(), name="api-sign-in-photo"),
    path("entry-requests/", entry_requests.EntryRequests.as_view(), name="api-entry-requests"),
    path(
        "entry-requests/<any_case_uuid:pk>/photo/",
        photos.EntryRequestPhoto.as_view(),
        name="api-entry-request-photo",
    ),
    path(
        "entry-requests/<any_case_uuid:pk>/decision/",
        entry_requests.EntryDecision.as_view(),
        name="api-entry-request-decision",
    ),
]
