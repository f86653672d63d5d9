"""Armed at start: a witness at every deadline, a sender to the receiver, and the crash point asked for."""

import os
from datetime import timedelta

from django.apps import AppConfig


class PlantConfig(AppConfig):
    name = "tests.faults.plant"
    label = "plant"

    def ready(self) -> None:
        from exam_ops.core import outbox
        from tests.faults import crashpoints
        from tests.faults.plant import witness

        witness.register()
        if seconds := os.environ.get(
            "CHAOS_LEASE"
        ):  # the smoke has no minute to wait for a killed sender's lease
            outbox.LEASE = timedelta(seconds=float(seconds))
        if name := os.environ.get("CRASHPOINT"):
            crashpoints.arm(name)
