"""The demo's processes: web, worker and beat as a deployment runs them, on the embedded broker."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_WITHIN = 60.0  # seconds
STOP_WITHIN = 8.0


class NotStarted(Exception):
    """A process ended, or the portal did not answer in time; the text says which and where its log is."""


def commands(port: int, logs: Path) -> dict[str, list[str]]:
    """What is run, by name."""
    python = sys.executable
    web = [python, "-m", "granian", "--interface", "wsgi", "exam_ops.wsgi:application"]
    listen = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    beat = [python, "-m", "celery", "-A", "exam_ops.celery", "beat", "--loglevel=WARNING"]
    return {
        "web": [*web, *listen, "--no-ws", "--log-level", "warning"],
        "worker": [python, "manage.py", "run_worker", "--concurrency", "1"],
        "beat": [*beat, "--schedule", str(logs / "beat"), "--pidfile="],
    }


@contextmanager
def running(port: int, logs: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Starts all processes and ends them with the block, whatever happened in it."""
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands(port, logs).items():
            log = (logs / f"{name}.log").open("wb")
            started[name] = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        yield started
    finally:
        stop(started)


def wait_until_up(base_url: str, started: dict[str, subprocess.Popen[bytes]], logs: Path) -> None:
    """Returns when the portal answers; raises `NotStarted`."""
    give_up = time.monotonic() + START_WITHIN
    while time.monotonic() < give_up:
        check(started, logs)
        try:
            with urllib.request.urlopen(f"{base_url}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise NotStarted(f"{base_url} did not answer within {START_WITHIN:g} s, see {logs / 'web.log'}")


def check(started: dict[str, subprocess.Popen[bytes]], logs: Path) -> None:
    """Raises `NotStarted` naming a process that has ended."""
    for name, process in started.items():
        if process.poll() is not None:
            raise NotStarted(f"{name} ended with {process.returncode}, see {logs / name}.log")


def stop(started: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ends what was started: politely together, then at once."""
    for process in started.values():
        if process.poll() is None:
            process.terminate()
    give_up = time.monotonic() + STOP_WITHIN
    for process in started.values():
        try:
            process.wait(max(0.1, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
