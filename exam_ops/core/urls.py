"""Addresses of stored files."""

from django.urls import URLPattern, path

from exam_ops.core import link_views

pages: list[URLPattern] = [path("files/<str:token>/", link_views.FileLink.as_view(), name="file-link")]

api: list[URLPattern] = [path("files/<str:token>/", link_views.ApiFileLink.as_view(), name="api-file-link")]
