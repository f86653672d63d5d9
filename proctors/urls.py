"""Addresses of rosters: pages and API."""

from django.urls import URLPattern, path

from proctors.views import roster

pages: list[URLPattern] = [path("roster/", roster.Roster.as_view(), name="roster")]
api: list[URLPattern] = []
