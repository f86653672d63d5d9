"""A small parent that keeps one Celery worker truly at work.

A worker that reconnected to its broker may consume nothing and log nothing. The parent sends a canary
through the broker to its own worker and replaces the worker when the answer grows too old. A worker that
falls silent right after an answer is replaced, at the latest, after 45 s of patience, 2 s until the next
look and 3 s in which it may end politely; with the start of its successor that stays below a minute.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections

from exam_ops.celery import app
from exam_ops.core import clock
from exam_ops.core.deadlines.watch import CANARY_ALARM
from exam_ops.core.models import Heartbeat

log = logging.getLogger(__name__)

STOP_WITHIN = 10.0  # seconds, when all is told to end


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the parent sends and looks, and when it loses patience."""

    send_every: timedelta = timedelta(seconds=10)
    look_every: timedelta = timedelta(seconds=2)
    patience: timedelta = CANARY_ALARM
    end_within: timedelta = timedelta(seconds=3)  # how long a silent worker may take to end politely

    @property
    def at_the_latest(self) -> timedelta:
        """From a worker's last answer to the start of its successor."""
        return self.patience + self.look_every + self.end_within

    def with_patience(self, patience: timedelta) -> "Rhythm":
        """The same rhythm at another pace."""
        pace = patience / self.patience
        return Rhythm(self.send_every * pace, self.look_every * pace, patience, self.end_within * pace)


class Watchdog:
    """Runs one worker with `concurrency` processes; `run()` returns its exit code when told to stop."""

    def __init__(self, *, concurrency: int, rhythm: Rhythm | None = None) -> None:
        self.concurrency = concurrency
        self.rhythm = rhythm or Rhythm()
        self.name = uuid.uuid4().hex[:8]
        self.stopping = threading.Event()
        self.worker: subprocess.Popen[bytes] | None = None
        self.sent_at = float("-inf")  # these by the monotonic clock: no step of another changes patience
        self.heard_at = 0.0
        self.last_canary: datetime | None = None
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
            while not self.stopping.wait(self.rhythm.look_every.total_seconds()):
                self.look(clock.monotonic())
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
        self.heard_at = clock.monotonic()

    def look(self, now: float) -> None:
        """Sends the canary when its time has come, and replaces a worker that is dead or deaf.

        `now` is read from the monotonic clock.
        """
        if now - self.sent_at >= self.rhythm.send_every.total_seconds():
            self.sent_at = now
            self.send()
        if self.worker is None or self.worker.poll() is not None:
            self.replace("it has ended")
        elif self.is_deaf(now):
            self.replace(f"no canary came through for {self.rhythm.patience.total_seconds():g} s")

    def is_deaf(self, now: float) -> bool:
        """Whether no canary came through for too long; a database that is away is not the worker's fault."""
        try:
            close_old_connections()
            last = Heartbeat.objects.filter(pk=self.heartbeat).values_list("at", flat=True).first()
        except DatabaseError:
            self.heard_at = now  # patience begins anew when the database is back
            return False
        if last != self.last_canary:
            self.last_canary, self.heard_at = last, now
        return now - self.heard_at > self.rhythm.patience.total_seconds()

    def send(self) -> None:
        """One canary to the own worker's queue; a broker that is away shows as silence."""
        try:
            app.send_task("core.canary", args=[self.heartbeat], queue=self.queue, retry=False)
        except Exception as error:
            log.warning("the canary could not be sent: %s", error)

    def replace(self, why: str) -> None:
        """Ends the worker and starts another."""
        log.critical("the worker is replaced: %s", why)
        self.stop(self.rhythm.end_within.total_seconds())
        self.replaced += 1
        self.start()

    def stop(self, within: float = STOP_WITHIN) -> None:
        """Ends the worker: politely, and at once when it has not ended `within` seconds."""
        if self.worker is None or self.worker.poll() is not None:
            return
        self.worker.terminate()
        try:
            self.worker.wait(within)
        except subprocess.TimeoutExpired:
            self.worker.kill()
            self.worker.wait()

    def forget(self) -> None:
        """Takes the heartbeat of a worker that is gone for good away."""
        try:
            Heartbeat.objects.filter(pk=self.heartbeat).delete()
        except DatabaseError:
            log.info("the heartbeat of %s stays behind", self.name)
