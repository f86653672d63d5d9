"""`manage.py evidence_key`: the public keys of sealed packages; `--make FILE` writes a new private one."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.services import evidence_keys


class Command(BaseCommand):
    help = "Lists the public keys that check sealed packages; --make FILE writes a new private key for EVIDENCE_KEY."
    requires_system_checks: list[str] = []  # a missing key is what it helps with

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--make", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        if file := options["make"]:
            if file.exists():
                raise CommandError(f"{file} exists; a key is never written over another")
            evidence_keys.make(file)
            self.stdout.write(f"EVIDENCE_KEY={file.resolve()}")
            return
        for key in evidence_keys.published():
            state = "signs now" if key.is_current else "kept for packages that it signed"
            self.stdout.write(f"{key.key_id}  {key.public_key}  {state}")
