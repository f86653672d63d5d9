"""Every address of the portal: pages of each floor, the API, and the probes."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.defaults import page_not_found

from client_support import urls as client_support
from exam_ops import api_urls
from exam_ops.core import urls as core
from exam_ops.core.api import not_found
from exam_ops.office import urls as office
from exam_ops.workbench import urls as workbench
from incidents import urls as incidents
from proctors import urls as proctors
from verification import urls as verification

urlpatterns = [
    path("api/v1/", include(api_urls)),
    *workbench.pages,
    *core.pages,
    *office.pages,
    *verification.pages,
    *incidents.pages,
    *proctors.pages,
    *client_support.pages,
]


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Unknown addresses: problem details below /api/, a page elsewhere."""
    if request.path.startswith("/api/"):
        return not_found(request, exception)
    return page_not_found(request, exception)
