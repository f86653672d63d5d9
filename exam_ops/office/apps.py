from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "exam_ops.office"
    label = "office"
