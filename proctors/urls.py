"""Addresses of rosters and their changes: pages and API."""

from django.urls import URLPattern, path

from exam_ops.core import api_parts  # noqa: F401  any_case_uuid
from proctors.api import changes as changes_api
from proctors.views import asking, changes, roster

pages: list[URLPattern] = [
    path("roster/", roster.Roster.as_view(), name="roster"),
    path("proctor-changes/", changes.ProctorChanges.as_view(), name="proctor-changes"),
    path("proctor-changes/new/", asking.ProctorChangeNew.as_view(), name="proctor-change-new"),
    path(
        "proctor-changes/requests/<uuid:batch>/",
        changes.ProctorChangeRequest.as_view(),
        name="proctor-change-request",
    ),
    path(
        "proctor-changes/<uuid:pk>/withdraw/",
        changes.ProctorChangeWithdraw.as_view(),
        name="proctor-change-withdraw",
    ),
]
api: list[URLPattern] = [
    path("proctor-changes/", changes_api.ProctorChanges.as_view(), name="api-proctor-changes"),
    path(
        "proctor-changes/<any_case_uuid:pk>/decision/",
        changes_api.ProctorChangeDecision.as_view(),
        name="api-proctor-change-decision",
    ),
    path(
        "proctor-changes/<any_case_uuid:pk>/withdrawal/",
        changes_api.ProctorChangeWithdrawal.as_view(),
        name="api-proctor-change-withdrawal",
    ),
    path("room-sessions/<int:pk>/proctors/", changes_api.RoomProctors.as_view(), name="api-room-proctors"),
]
