"""Addresses of this floor: pages and API."""

from django.urls import URLPattern

pages: list[URLPattern] = []
api: list[URLPattern] = []
