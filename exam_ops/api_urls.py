"""The API of the contract below /api/v1/, its schema and its readable page."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularRedocView

from client_support import urls as client_support
from exam_ops.core import schema  # noqa: F401  documents the token
from exam_ops.core import urls as core
from incidents import urls as incidents
from proctors import urls as proctors
from verification import urls as verification

# Redoc writes its styles into the page and searches in a worker of its own; no other page may.
redoc_may_style_itself = csp_update(
    {"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"], "script-src": [SELF]}
)

urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path(
        "docs/", redoc_may_style_itself(SpectacularRedocView.as_view(url_name="api-schema")), name="api-docs"
    ),
    *core.api,
    *verification.api,
    *incidents.api,
    *proctors.api,
    *client_support.api,
]
