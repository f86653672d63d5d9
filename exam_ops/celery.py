"""The Celery application; loaded by the core app when Django is ready."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exam_ops.settings")
app = Celery("exam_ops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
