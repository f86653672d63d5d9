from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    name = "exam_ops.workbench"
    label = "workbench"
