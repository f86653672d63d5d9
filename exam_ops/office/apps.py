from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "exam_ops.office"
    label = "office"

    def ready(self) -> None:
        from exam_ops.office import deadlines, doors  # noqa: F401
