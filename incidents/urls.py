"""Addresses of incidents and evidence: pages and API."""

from django.urls import URLPattern, path

from incidents.api import acts as acts_api
from incidents.api import decisions as decisions_api
from incidents.api import evidence as evidence_api
from incidents.api import evidence_checks as evidence_checks_api
from incidents.api import evidence_duties as evidence_duties_api
from incidents.api import evidence_photo as evidence_photo_api
from incidents.api import evidence_reviews as evidence_reviews_api
from incidents.api import incidents as incidents_api
from incidents.api import packages as packages_api
from incidents.api import phone as phone_api
from incidents.api import withdrawals as withdrawals_api
from incidents.views import (
    acting,
    board,
    camera,
    channels,
    contacts,
    decision_new,
    decisions,
    deliveries,
    detail,
    duty,
    duty_list,
    evidence,
    evidence_photo,
    inbox,
    ladders,
    packages,
    records,
    reporting,
    reviewing,
    reviews,
    templates,
    withdrawing,
)

pages: list[URLPattern] = [
    path("incidents/", board.IncidentList.as_view(), name="incident-list"),
    path("incidents/board/", board.IncidentBoard.as_view(), name="incident-board"),
    path("incidents/new/", reporting.IncidentNew.as_view(), name="incident-new"),
    path("incidents/new/card/", reporting.IncidentCard.as_view(), name="incident-card"),
    path("incidents/new/place/", reporting.IncidentPlace.as_view(), name="incident-place"),
    path("incidents/<int:pk>/", detail.IncidentDetail.as_view(), name="incident-detail"),
    path("incidents/<int:pk>/live/", detail.IncidentLive.as_view(), name="incident-live"),
    path("incidents/<int:pk>/tick/", acting.Tick.as_view(), name="incident-tick"),
    path("incidents/<int:pk>/acknowledge/", acting.Acknowledge.as_view(), name="incident-acknowledge"),
    path("incidents/<int:pk>/escalate/", acting.Escalate.as_view(), name="incident-escalate"),
    path("incidents/<int:pk>/declare/", acting.Declare.as_view(), name="incident-declare"),
    path("incidents/<int:pk>/update/", acting.Update.as_view(), name="incident-update"),
    path("incidents/<int:pk>/hand-over/", acting.HandOver.as_view(), name="incident-hand-over"),
    path("incidents/<int:pk>/regrade/", acting.Regrade.as_view(), name="incident-regrade"),
    path("incidents/<int:pk>/strike/", acting.Strike.as_view(), name="incident-strike"),
    path("incidents/<int:pk>/reopen/", acting.Reopen.as_view(), name="incident-reopen"),
    path("incidents/<int:pk>/resolve/", acting.Resolve.as_view(), name="incident-resolve"),
    path("decisions/", decisions.DecisionList.as_view(), name="decision-list"),
    path("decisions/new/", decision_new.DecisionNew.as_view(), name="decision-new"),
    path("decisions/<int:pk>/", decisions.DecisionDetail.as_view(), name="decision-detail"),
    path("decisions/<int:pk>/live/", decisions.DecisionLive.as_view(), name="decision-live"),
    path("decisions/<int:pk>/confirm/", decisions.Confirm.as_view(), name="decision-confirm"),
    path("decisions/<int:pk>/refuse/", decisions.Refuse.as_view(), name="decision-refuse"),
    path("decisions/<int:pk>/withdraw/", decisions.Withdraw.as_view(), name="decision-withdraw"),
    path("decisions/<int:pk>/remind/", decisions.Remind.as_view(), name="decision-remind"),
    path("decisions/<int:pk>/read/", decisions.Read.as_view(), name="decision-read"),
    path("integrity/records/", records.ExamRecords.as_view(), name="exam-records"),
    path("integrity/evidence/reviews/", reviews.EvidenceReviews.as_view(), name="evidence-reviews"),
    path("integrity/evidence/review/", reviewing.EvidenceReviewing.as_view(), name="evidence-review"),
    path(
        "integrity/evidence/review/undo/",
        reviewing.EvidenceReviewUndo.as_view(),
        name="evidence-review-undo",
    ),
    path("integrity/evidence/duties/", duty_list.EvidenceDuties.as_view(), name="evidence-duties"),
    path(
        "integrity/evidence/duties/review/",
        duty_list.EvidenceDutiesReview.as_view(),
        name="evidence-duties-review",
    ),
    path("integrity/records/live/", records.ExamRecordsLive.as_view(), name="exam-records-live"),
    path("integrity/records/<int:pk>/", evidence.EvidenceRoom.as_view(), name="evidence-room"),
    path("integrity/records/<int:pk>/live/", evidence.EvidenceLive.as_view(), name="evidence-live"),
    path(
        "integrity/evidence/<uuid:pk>/photo/", evidence_photo.EvidencePhoto.as_view(), name="evidence-photo"
    ),
    path(
        "integrity/evidence/<uuid:pk>/views/", evidence_photo.EvidenceViews.as_view(), name="evidence-views"
    ),
    path(
        "integrity/evidence/<uuid:pk>/withdrawal/",
        withdrawing.EvidenceWithdraw.as_view(),
        name="evidence-withdraw",
    ),
    path("m/room/<int:pk>/camera/", camera.EvidenceCamera.as_view(), name="phone-camera"),
    path("m/room/<int:pk>/camera/live/", camera.EvidenceCameraLive.as_view(), name="phone-camera-live"),
    path("m/evidence/", phone_api.PhoneEvidence.as_view(), name="phone-evidence"),
    path("integrity/packages/", packages.PackageList.as_view(), name="package-list"),
    path("integrity/packages/<int:pk>/", packages.PackageSite.as_view(), name="package-site"),
    path("integrity/packages/<int:pk>/live/", packages.PackageSiteLive.as_view(), name="package-site-live"),
    path("integrity/packages/<int:pk>/order/", packages.PackageOrdered.as_view(), name="package-order"),
    path("integrity/packages/files/<int:pk>/", packages.PackageFile.as_view(), name="package-file"),
    path("integrity/packages/files/<int:pk>/check/", packages.PackageChecked.as_view(), name="package-check"),
    path("duty/", duty.DutyRoster.as_view(), name="duty-roster"),
    path("duty/shifts/", duty.ShiftAdd.as_view(), name="duty-shift-add"),
    path("duty/shifts/<int:pk>/", duty.ShiftEdit.as_view(), name="duty-shift"),
    path("duty/shifts/<int:pk>/deletion/", duty.ShiftDelete.as_view(), name="duty-shift-delete"),
    path("duty/copies/", duty.WeekCopy.as_view(), name="duty-copy"),
    path("contacts/", contacts.ContactList.as_view(), name="contact-list"),
    path("contacts/<int:pk>/", contacts.ContactEdit.as_view(), name="contact-edit"),
    path("ladders/", ladders.LadderList.as_view(), name="ladder-list"),
    path("ladders/<str:code>/edit/", ladders.LadderEdit.as_view(), name="ladder-edit"),
    path("ladders/<str:code>/rehearsal/", ladders.LadderRehearsal.as_view(), name="ladder-rehearsal"),
    path("inbox/", inbox.Inbox.as_view(), name="inbox"),
    path("inbox/badge/", inbox.InboxBadge.as_view(), name="inbox-badge"),
    path("inbox/read/", inbox.InboxRead.as_view(), name="inbox-read"),
    path("inbox/<int:pk>/", inbox.InboxOpen.as_view(), name="inbox-open"),
    path("system/channels/", channels.ChannelList.as_view(), name="channel-list"),
    path("system/channels/new/", channels.ChannelNew.as_view(), name="channel-new"),
    path("system/channels/<int:pk>/", channels.ChannelDetail.as_view(), name="channel-detail"),
    path("system/channels/<int:pk>/test/", channels.ChannelTest.as_view(), name="channel-test"),
    path("system/templates/", templates.TemplateList.as_view(), name="template-list"),
    path("system/templates/<str:event>/", templates.TemplateEdit.as_view(), name="template-edit"),
    path(
        "system/templates/<str:event>/preview/", templates.TemplatePreview.as_view(), name="template-preview"
    ),
    path("system/templates/<str:event>/reset/", templates.TemplateReset.as_view(), name="template-reset"),
    path("system/deliveries/", deliveries.DeliveryList.as_view(), name="delivery-list"),
    path("system/deliveries/<int:pk>/resend/", deliveries.DeliveryResend.as_view(), name="delivery-resend"),
]

api: list[URLPattern] = [
    path("incidents/", incidents_api.Incidents.as_view(), name="api-incidents"),
    path(
        "incidents/<uuid:id>/acknowledgement/",
        acts_api.Acknowledgement.as_view(),
        name="api-incident-acknowledgement",
    ),
    path("incidents/<uuid:id>/escalation/", acts_api.Escalation.as_view(), name="api-incident-escalation"),
    path("incidents/<uuid:id>/resolution/", acts_api.Resolution.as_view(), name="api-incident-resolution"),
    path("incidents/<uuid:id>/handover/", acts_api.Handover.as_view(), name="api-incident-handover"),
    path("incidents/<uuid:id>/reopening/", acts_api.Reopening.as_view(), name="api-incident-reopening"),
    path("incidents/<uuid:id>/grade/", acts_api.Grade.as_view(), name="api-incident-grade"),
    path("incidents/<uuid:id>/updates/", acts_api.Updates.as_view(), name="api-incident-updates"),
    path("notices/", decisions_api.Notices.as_view(), name="api-notices"),
    path(
        "notices/<any_case_uuid:id>/receipt/",
        decisions_api.NoticeReceipt.as_view(),
        name="api-notice-receipt",
    ),
    path("evidence-packages/", packages_api.Packages.as_view(), name="api-evidence-packages"),
    path(
        "evidence-packages/<int:id>/file/",
        packages_api.PackageFile.as_view(),
        name="api-evidence-package-file",
    ),
    path("evidence-keys/", packages_api.EvidenceKeys.as_view(), name="api-evidence-keys"),
    path("evidence/", evidence_api.EvidenceUploads.as_view(), name="api-evidence"),
    path(
        "evidence/<any_case_uuid:id>/review/",
        evidence_reviews_api.EvidenceReviewing.as_view(),
        name="api-evidence-review",
    ),
    path("evidence-duties/", evidence_duties_api.EvidenceDuties.as_view(), name="api-evidence-duties"),
    path(
        "evidence/<any_case_uuid:id>/",
        evidence_checks_api.EvidenceDetail.as_view(),
        name="api-evidence-detail",
    ),
    path(
        "evidence/<any_case_uuid:id>/photo/",
        evidence_photo_api.EvidencePhoto.as_view(),
        name="api-evidence-photo",
    ),
    path(
        "evidence/<any_case_uuid:id>/withdrawal/",
        withdrawals_api.EvidenceWithdrawal.as_view(),
        name="api-evidence-withdrawal",
    ),
]
