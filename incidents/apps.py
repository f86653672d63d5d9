from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"

    def ready(self) -> None:
        from incidents import deadlines, doors, moves  # noqa: F401
        from incidents.services import channels, check_worker, messages, package_contents, package_worker  # noqa: F401
