"""The Celery application; loaded by the core app when Django is ready."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exam_ops.settings")
TRANSPORT_ALIASES["filesystem"] = "exam_ops.core.embedded_broker:Transport"
app = Celery("exam_ops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
