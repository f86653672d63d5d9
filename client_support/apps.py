from django.apps import AppConfig


class ClientSupportConfig(AppConfig):
    name = "client_support"
    verbose_name = "考试客户端"

    def ready(self) -> None:
        from client_support import deadlines, doors, moves  # noqa: F401
