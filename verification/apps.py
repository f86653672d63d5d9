from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    verbose_name = "入场核验"

    def ready(self) -> None:
        from verification import attached, deadlines, doors, moves  # noqa: F401
        from verification.services import package_section  # noqa: F401
