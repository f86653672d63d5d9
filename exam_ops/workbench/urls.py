"""The roof's own pages: workbench, sign-in, language, drill clock, probes."""

from django.contrib.auth import views as auth
from django.urls import path

from exam_ops.workbench.views import deadlines, drill, home, probes, sign_in, system
from exam_ops.workbench.views.support import acts, admitting, calling, queue, unlocking

pages = [
    path("", home.Home.as_view(), name="home"),
    path("deadlines/", deadlines.Overview.as_view(), name="deadline-overview"),
    path(
        "deadlines/<str:code>/<str:key>/",
        deadlines.SiteUnitsOfDeadline.as_view(),
        name="deadline-site-units",
    ),
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("language/", sign_in.language, name="set_language"),
    path("drills/<str:code>/bar/", drill.DrillBar.as_view(), name="drill-bar"),
    path("drills/<str:code>/jump/", drill.DrillJump.as_view(), name="drill-jump"),
    path("support/", queue.SupportDesk.as_view(), name="support-desk"),
    path("support/calls/", calling.SupportCall.as_view(), name="support-call"),
    path("support/incidents/<int:pk>/taking/", acts.Taking.as_view(), name="support-taking"),
    path("support/incidents/<int:pk>/ticks/", acts.Ticking.as_view(), name="support-tick"),
    path("support/incidents/<int:pk>/giving-back/", acts.GivingBack.as_view(), name="support-giving-back"),
    path("support/incidents/<int:pk>/passing-on/", acts.PassingOn.as_view(), name="support-passing-on"),
    path("support/people/<int:pk>/admission/", admitting.DeviceAdmit.as_view(), name="device-admit"),
    path("support/admissions/<int:pk>/revocation/", admitting.DeviceRevoke.as_view(), name="device-revoke"),
    path("system/state/", system.SystemState.as_view(), name="system-state"),
    path("system/state/retry/", system.SystemRetry.as_view(), name="system-retry"),
    path("system/events/", system.EventLog.as_view(), name="event-log"),
    path("system/accounts/", system.AccountList.as_view(), name="account-list"),
    path("system/accounts/<int:pk>/unlock/", system.AccountUnlock.as_view(), name="account-unlock"),
    path("system/accounts/<int:pk>/code/", unlocking.AccountCode.as_view(), name="account-code"),
    path("support/sittings/<int:pk>/unlock/", unlocking.SittingUnlock.as_view(), name="sitting-unlock"),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
]
