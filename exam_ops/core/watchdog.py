"""A small parent that keeps one Celery worker truly at work.

A worker that reconnected to its broker may consume nothing and log nothing. The parent sends a canary
through the broker to its own worker and replaces the worker when the answer grows too old.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, close_old_connections

from exam_ops.celery import app
from exam_ops.core import clock
from exam_ops.core.deadlines.watch import CANARY_ALARM
from exam_ops.core.models import Heartbeat

log = logging.getLogger(__name__)

SEND_EVERY = timedelta(seconds=10)
LOOK_EVERY = 2.0  # seconds
STOP_WITHIN = 10.0  # seconds


class Watchdog:
    """Runs one worker with `concurrency` processes; `run()` returns its exit code when told to stop."""

    def __init__(self, *, concurrency: int, patience: timedelta = CANARY_ALARM) -> None:
        self.concurrency = concurrency
        self.patience = patience
        self.name = uuid.uuid4().hex[:8]
        self.stopping = threading.Event()
        self.worker: subprocess.Popen[bytes] | None = None
        self.started_at = self.sent_at = datetime.min.replace(tzinfo=UTC)
        self.replaced = 0

    @property
    def queue(self) -> str:
        return f"canary.{self.name}"

    @property
    def heartbeat(self) -> str:
        return f"worker.{self.name}"

    def run(self) -> int:
        """Keeps the worker alive until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        self.start()
        try:
            while not self.stopping.wait(LOOK_EVERY):
                self.look(clock.now())
        finally:
            self.stop()
            self.forget()
        return 0

    def start(self) -> None:
        """Starts the worker; its patience counts from here."""
        pool = ["--pool=solo"] if self.concurrency == 1 else [f"--concurrency={self.concurrency}"]
        command = [sys.executable, "-m", "celery", "-A", "exam_ops.celery", "worker"]
        options = ["--loglevel=WARNING", f"--queues=celery,{self.queue}", f"--hostname={self.name}@%h"]
        quiet = ["--without-gossip", "--without-mingle"]
        self.worker = subprocess.Popen([*command, *options, *quiet, *pool], env=os.environ.copy())
        self.started_at = clock.now()

    def look(self, now: datetime) -> None:
        """Sends the canary when its time has come, and replaces a worker that is dead or deaf."""
        if now - self.sent_at >= SEND_EVERY:
            self.sent_at = now
            self.send()
        if self.worker is None or self.worker.poll() is not None:
            self.replace("it has ended")
        elif self.is_deaf(now):
            self.replace(f"no canary came through for {self.patience.total_seconds():g} s")

    def is_deaf(self, now: datetime) -> bool:
        """Whether the last canary is too old; a database that is away is not the worker's fault."""
        try:
            close_old_connections()
            last = Heartbeat.objects.filter(pk=self.heartbeat).values_list("at", flat=True).first()
        except DatabaseError:
            self.started_at = now  # patience begins anew when the database is back
            return False
        heard = max(last, self.started_at) if last else self.started_at
        return now - heard > self.patience

    def send(self) -> None:
        """One canary to the own worker's queue; a broker that is away shows as silence."""
        try:
            app.send_task("core.canary", args=[self.heartbeat], queue=self.queue, expires=30, retry=False)
        except Exception as error:
            log.warning("the canary could not be sent: %s", error)

    def replace(self, why: str) -> None:
        """Ends the worker and starts another."""
        log.critical("the worker is replaced: %s", why)
        self.stop()
        self.replaced += 1
        self.start()

    def stop(self) -> None:
        """Ends the worker: politely, then at once."""
        if self.worker is None or self.worker.poll() is not None:
            return
        self.worker.terminate()
        try:
            self.worker.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.worker.kill()
            self.worker.wait()

    def forget(self) -> None:
        """Takes the heartbeat of a worker that is gone for good away."""
        try:
            Heartbeat.objects.filter(pk=self.heartbeat).delete()
        except DatabaseError:
            log.info("the heartbeat of %s stays behind", self.name)
