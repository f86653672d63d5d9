"""`manage.py run_worker`: a Celery worker under its watchdog."""

import sys

from django.core.management.base import BaseCommand, CommandParser

from exam_ops.core.watchdog import Watchdog
from exam_ops.settings import env


class Command(BaseCommand):
    help = "Runs a Celery worker and replaces it when it falls silent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--concurrency", type=int, default=env.int("WORKER_CONCURRENCY", default=2), help="processes"
        )

    def handle(self, *args, **options) -> None:
        sys.exit(Watchdog(concurrency=options["concurrency"]).run())
