from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "exam_ops.core"
    label = "core"
    verbose_name = "考务核心"

    def ready(self) -> None:
        from exam_ops import celery  # noqa: F401  Celery is loaded with Django, not with a rule
        from exam_ops.core import doors, one_room, write_once  # noqa: F401

        write_once.install()
        one_room.install()
