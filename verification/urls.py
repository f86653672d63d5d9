"""Addresses of this floor: pages and API."""

from django.urls import URLPattern, path

from exam_ops.core import api_parts  # noqa: F401  any_case_uuid
from verification.api import delegations as delegation_api
from verification.api import entry_requests, people, photos, presence, room_entry, rooms, sign_ins
from verification.api import held_over as held_over_api
from verification.api import manual_checks as manual_check_api
from verification.views import (
    board,
    decisions,
    delegations,
    download,
    held_over,
    lag,
    manual_checks,
    photo_hints,
    plans,
    post_exam,
    post_exam_findings,
    post_exam_pair,
    releases,
    review,
    sitting,
    triage,
)
from verification.views import photos as photo_views
from verification.views import presence as presence_views
from verification.views import room_entry as room_entry_pages
from verification.views.phone import calls, chief, room, shell, start

pages: list[URLPattern] = [
    path("sign-ins/", plans.SignInPlans.as_view(), name="sign-in-plans"),
    path("sign-ins/plans/<str:plan_code>/", plans.SignInUnits.as_view(), name="sign-in-units"),
    path("sign-ins/plans/<str:plan_code>/<str:unit_code>/", plans.SignInUnit.as_view(), name="sign-in-unit"),
    path(
        "sign-ins/plans/<str:plan_code>/<str:unit_code>/<str:branch_code>/",
        plans.SignInBranch.as_view(),
        name="sign-in-branch",
    ),
    path("sign-ins/sites/<int:pk>/", board.SignInBoard.as_view(), name="sign-in-board"),
    path("sign-ins/rooms/<int:pk>/", board.SignInRoom.as_view(), name="sign-in-room"),
    path("sign-ins/rooms/<int:pk>/requests/", room_entry_pages.RoomRequests.as_view(), name="room-requests"),
    path("sign-ins/rooms/<int:pk>/decision/", room_entry_pages.RoomDecision.as_view(), name="room-decision"),
    path("sign-ins/rooms/<int:pk>/triage/", triage.RoomTriage.as_view(), name="room-triage"),
    path("sign-ins/rooms/<int:pk>/presence/", presence_views.RoomPresence.as_view(), name="room-presence"),
    path("sign-ins/rooms/<int:pk>/lag/", lag.RoomLag.as_view(), name="room-lag"),
    path("sign-ins/review/", review.SignInReviewList.as_view(), name="sign-in-review"),
    path("sign-ins/facts/<uuid:pk>/undo/", review.SignInUndo.as_view(), name="sign-in-undo"),
    path("sign-ins/sites/<int:pk>/presence/", presence_views.SitePresence.as_view(), name="site-presence"),
    path("sign-ins/sittings/<int:pk>/", sitting.SittingDetail.as_view(), name="sitting-detail"),
    path(
        "sign-ins/sittings/<int:pk>/manual-check/", manual_checks.ManualCheck.as_view(), name="manual-check"
    ),
    path("sign-ins/sites/<int:pk>/held-over/", held_over.HeldOverList.as_view(), name="held-over"),
    path(
        "sign-ins/sittings/<int:pk>/supervision/", held_over.SupervisionRecord.as_view(), name="supervision"
    ),
    path("sign-ins/decisions/", decisions.EntryRequestsDecide.as_view(), name="entry-requests-decide"),
    path("sign-ins/rooms/<int:pk>/photos/", photo_hints.RoomPhotos.as_view(), name="room-photos"),
    path("sign-ins/photo-hints/<int:pk>/", photo_hints.PhotoHintJudge.as_view(), name="photo-hint-judge"),
    path(
        "sign-ins/checks/<uuid:pk>/bad-photo/",
        photo_hints.SignInBadPhoto.as_view(),
        name="sign-in-bad-photo",
    ),
    path("integrity/post-exam/", post_exam.PostExam.as_view(), name="post-exam"),
    path("integrity/post-exam/<int:pk>/", post_exam.PostExamSite.as_view(), name="post-exam-site"),
    path("integrity/post-exam/<int:pk>/pair/", post_exam_pair.PostExamPair.as_view(), name="post-exam-pair"),
    path("integrity/post-exam/<int:pk>/undo/", post_exam_pair.PostExamUndo.as_view(), name="post-exam-undo"),
    path(
        "integrity/post-exam/findings/",
        post_exam_findings.PostExamFindings.as_view(),
        name="post-exam-findings",
    ),
    path(
        "integrity/post-exam/findings/<int:pk>/",
        post_exam_findings.PostExamFinding.as_view(),
        name="post-exam-finding",
    ),
    path("delegations/", delegations.DelegationList.as_view(), name="delegation-list"),
    path(
        "delegations/<int:pk>/revocation/", delegations.DelegationRevoke.as_view(), name="delegation-revoke"
    ),
    path("sites/<int:pk>/deputies/", delegations.SiteDeputies.as_view(), name="site-deputies"),
    path("sign-ins/photos/<str:kind>/<str:ident>/", photo_views.FilePhoto.as_view(), name="file-photo"),
    path("app/", download.AppDownload.as_view(), name="app-download"),
    path("system/app-releases/", releases.ReleaseList.as_view(), name="app-release-list"),
    path(
        "system/app-releases/<int:pk>/withdrawal/",
        releases.ReleaseWithdraw.as_view(),
        name="app-release-withdraw",
    ),
    path(
        "system/app-releases/<int:pk>/word/",
        releases.ReleaseLetThrough.as_view(),
        name="app-release-let-through",
    ),
    path("m/", start.Start.as_view(), name="phone-start"),
    path("m/manifest.webmanifest", shell.Manifest.as_view(), name="phone-manifest"),
    path("m/worker.js", shell.ServiceWorker.as_view(), name="phone-worker"),
    path("m/offline/", shell.Offline.as_view(), name="phone-offline"),
    path("m/chief/", chief.ChiefQueue.as_view(), name="phone-chief"),
    path("m/chief/live/", chief.ChiefLive.as_view(), name="phone-chief-live"),
    path("m/room/", room.ProctorRooms.as_view(), name="phone-rooms"),
    path("m/room/<int:pk>/", room.ProctorRoom.as_view(), name="phone-room"),
    path("m/room/<int:pk>/live/", room.ProctorRoomLive.as_view(), name="phone-room-live"),
    path("m/room/<int:pk>/requests/", calls.RoomRequests.as_view(), name="phone-room-requests"),
    path("m/room/<int:pk>/incidents/", calls.RoomIncidents.as_view(), name="phone-room-incidents"),
    path("m/room/<int:pk>/presence/", calls.RoomPresence.as_view(), name="phone-room-presence"),
    path("m/requests/<uuid:pk>/photo/", calls.RequestPhoto.as_view(), name="phone-request-photo"),
    path("m/requests/<uuid:pk>/decision/", calls.RequestDecision.as_view(), name="phone-request-decision"),
]
api: list[URLPattern] = [
    path("auth/tokens/", people.Tokens.as_view(), name="api-auth-tokens"),
    path("auth/tokens/current/", people.CurrentToken.as_view(), name="api-auth-token-current"),
    path("app/releases/", people.Releases.as_view(), name="api-app-releases"),
    path("app/duties/", rooms.Duties.as_view(), name="api-app-duties"),
    path("room-sessions/<int:pk>/roster/", rooms.Roster.as_view(), name="api-roster"),
    path("room-sessions/<int:pk>/sign-in-stats/", rooms.SignInStats.as_view(), name="api-sign-in-stats"),
    path(
        "room-sessions/<int:pk>/entry-requests/",
        room_entry.RoomEntryRequests.as_view(),
        name="api-room-entry-requests",
    ),
    path(
        "room-sessions/<int:pk>/entry-decision/",
        room_entry.RoomEntryDecision.as_view(),
        name="api-room-entry-decision",
    ),
    path("room-sessions/<int:pk>/presence/", presence.RoomPresence.as_view(), name="api-presence"),
    path("delegations/", delegation_api.Delegations.as_view(), name="api-delegations"),
    path(
        "delegations/<int:pk>/revocation/",
        delegation_api.DelegationRevocation.as_view(),
        name="api-delegation-revocation",
    ),
    path("sittings/<int:pk>/manual-check/", manual_check_api.ManualCheck.as_view(), name="api-manual-check"),
    path("sittings/<int:pk>/supervision/", held_over_api.SupervisionOf.as_view(), name="api-supervision"),
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
