"""What the engine sweeps besides site units: rows with a next instant of their own."""

from django.db import models

from exam_ops.core.models.plans import Swept


class Retried(Swept):
    """Swept by a handler of its own (`core.deadlines.registry.sweeps`).

    A row whose handler failed keeps its `next_due_at` and is left alone until `retry_at`, a real instant;
    `failures` counts how often in a row.
    """

    failures = models.PositiveIntegerField(default=0)
    failed_why = models.TextField(blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
