"""`manage.py run_worker`: a Celery worker under its watchdog."""

import sys
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandParser

from exam_ops.core.deadlines.watch import CANARY_ALARM
from exam_ops.core.watchdog import Rhythm, Watchdog
from exam_ops.settings import env


class Command(BaseCommand):
    help = "Runs a Celery worker and replaces it when it falls silent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--concurrency", type=int, default=env.int("WORKER_CONCURRENCY", default=2), help="processes"
        )
        parser.add_argument(
            "--patience",
            type=float,
            default=CANARY_ALARM.total_seconds(),
            help="seconds without a canary after which the worker is replaced; all else keeps pace with it",
        )

    def handle(self, *args, **options) -> None:
        rhythm = Rhythm().with_patience(timedelta(seconds=options["patience"]))
        sys.exit(Watchdog(concurrency=options["concurrency"], rhythm=rhythm).run())
