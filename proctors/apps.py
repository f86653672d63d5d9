from django.apps import AppConfig


class ProctorsConfig(AppConfig):
    name = "proctors"
