"""Armed at start: a witness at every deadline, a sender to the receiver, and the crash point asked for."""

import os

from django.apps import AppConfig


class PlantConfig(AppConfig):
    name = "tests.faults.plant"
    label = "plant"

    def ready(self) -> None:
        from tests.faults import crashpoints
        from tests.faults.plant import witness

        witness.register()
        if name := os.environ.get("CRASHPOINT"):
            crashpoints.arm(name)
