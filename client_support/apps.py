from django.apps import AppConfig


class ClientSupportConfig(AppConfig):
    name = "client_support"
