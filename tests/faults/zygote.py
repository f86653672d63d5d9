"""A process with Django loaded that forks engine processes on demand: `python -m tests.faults.zygote`.

A celery worker takes seconds to start; an engine process from here takes milliseconds, so that many can be
killed. Each is a process of its own with a connection of its own, and does what the tasks do: sweep, drain,
speak to channels, audit. An order is one line of JSON, `{"crashpoint": name or ""}`; the answer is the child's process id.
"""

import json
import os
import signal
import sys
import time

PAUSE = 0.2  # seconds between two rounds
AUDIT_EVERY = 3  # rounds


def main() -> None:
    """Obeys until standard input closes."""
    import django

    django.setup()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need no undertaker
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            _run(order["crashpoint"])
        print(json.dumps({"pid": child}), flush=True)


def _run(crashpoint: str) -> None:
    from tests.faults import crashpoints

    os.setsid()
    os.close(0)
    if crashpoint:
        crashpoints.arm(crashpoint)
    try:
        work()
    finally:
        os._exit(1)


def work() -> None:
    """One round after another, as the beat would ask for them; a database that is away ends the process."""
    from exam_ops.core import clock, tasks
    from incidents.services import sending

    rounds = 0
    while True:
        tasks.tick()
        tasks.drain_outbox()
        sending.run(clock.now)
        rounds += 1
        if rounds % AUDIT_EVERY == 0:
            tasks.audit()
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
