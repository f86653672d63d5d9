from django.apps import AppConfig


class ProctorsConfig(AppConfig):
    name = "proctors"

    def ready(self) -> None:
        from proctors import deadlines  # noqa: F401
