"""The roof's own pages: workbench, sign-in, language, probes, system state."""

from django.contrib.auth import views as auth
from django.urls import path
from django.views.i18n import set_language

from exam_ops.workbench.views import home, probes

pages = [
    path("", home.Home.as_view(), name="home"),
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
]
