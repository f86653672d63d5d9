from django.apps import AppConfig


class ProctorsConfig(AppConfig):
    name = "proctors"

    def ready(self) -> None:
        from proctors import deadlines, doors, moves  # noqa: F401
        from proctors.services import wanted_news  # noqa: F401
