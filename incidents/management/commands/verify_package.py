"""`manage.py verify_package FILE`: the check of `incidents.sealed`, which also runs without Django."""

from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents import sealed


class Command(BaseCommand):
    help = "Checks a sealed evidence package offline and names whatever was changed, missing or added."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        sealed.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            said, code = sealed.run(Namespace(**options))
        except ValueError as error:
            raise CommandError("a public key is base64 of 32 bytes, or its file") from error
        self.stdout.write(said)
        if code:
            raise SystemExit(code)
