"""Signing in, and the language of the pages."""

from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import check_for_language
from django.views.i18n import set_language

from exam_ops.core import clock, codes
from exam_ops.core.models import User
from exam_ops.workbench import services
from exam_ops.workbench.forms import SignInForm


class SignIn(auth.LoginView):
    """The sign-in page; a person's stored language is taken up with the session."""

    form_class = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        if not codes.use(form.get_user(), now=clock.now()):
            form.add_error(None, form.get_invalid_login_error())
            return self.form_invalid(form)
        response = super().form_valid(form)
        speak(response, form.get_user().language)
        return response


def language(request: HttpRequest) -> HttpResponseBase:
    """Switches the pages' language; a signed-in person keeps it for every later sign-in."""
    response = set_language(request)
    chosen = request.POST.get("language", "")
    if isinstance(request.user, User) and check_for_language(chosen):
        services.keep_language(request.user, chosen)
    return response


def speak(response: HttpResponse, chosen: str) -> None:
    """Sets the language cookie, as Django's own switch does."""
    if chosen and check_for_language(chosen):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=settings.LANGUAGE_COOKIE_AGE, samesite="Lax"
        )
