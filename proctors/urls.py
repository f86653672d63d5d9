"""Addresses of rosters and their changes: pages and API."""

from django.urls import URLPattern, path

from exam_ops.core import api_parts  # noqa: F401  any_case_uuid
from proctors.api import changes as changes_api
from proctors.views import (
    asking,
    changes,
    fill,
    fill_done,
    grid,
    recusals,
    registry,
    registry_compare,
    registry_entry,
    roster,
    roster_check,
    wanted,
)

pages: list[URLPattern] = [
    path("registry/", registry.Registry.as_view(), name="registry"),
    path("registry/find/", registry.RegistryFind.as_view(), name="registry-find"),
    path("registry/new/", registry_entry.RegistryNew.as_view(), name="registry-new"),
    path("registry/compare/", registry_compare.RegistryCompare.as_view(), name="registry-compare"),
    path("registry/<int:pk>/", registry.RegistryProctor.as_view(), name="registry-proctor"),
    path("registry/<int:pk>/edit/", registry_entry.RegistryEdit.as_view(), name="registry-edit"),
    path("registry/<int:pk>/number/", registry.RegistryNumber.as_view(), name="registry-number"),
    path("registry/<int:pk>/reopen/", registry.RegistryReopen.as_view(), name="registry-reopen"),
    path("registry/<int:pk>/photo/<str:fact>/", registry.RegistryPhoto.as_view(), name="registry-photo"),
    path("roster/", roster.Roster.as_view(), name="roster"),
    path("roster/fill/", fill.RosterFill.as_view(), name="roster-fill"),
    path("roster/fill/<uuid:batch>/", fill_done.RosterFillDone.as_view(), name="roster-fill-done"),
    path("roster/places/", grid.RosterPlace.as_view(), name="roster-place"),
    path("roster/places/undo/", grid.RosterUndo.as_view(), name="roster-undo"),
    path("roster/choices/", grid.RosterChoices.as_view(), name="roster-choices"),
    path("roster/requests/", grid.RosterRequest.as_view(), name="roster-request"),
    path("recusals/", recusals.Recusals.as_view(), name="recusal-list"),
    path("recusals/<int:pk>/lift/", recusals.RecusalLift.as_view(), name="recusal-lift"),
    path("wanted-duties/", wanted.WantedDuties.as_view(), name="wanted-duties"),
    path("wanted-duties/notice/", wanted.WantedNotice.as_view(), name="wanted-notice"),
    path("wanted-duties/<int:pk>/placement/", wanted.WantedPlacement.as_view(), name="wanted-placement"),
    path("wanted-duties/<int:pk>/dismissal/", wanted.WantedDismissal.as_view(), name="wanted-dismissal"),
    path("roster-check/", roster_check.RosterCheck.as_view(), name="roster-check"),
    path("roster-check/presses/", roster_check.RosterPress.as_view(), name="roster-press"),
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
