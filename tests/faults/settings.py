"""The portal's own settings and one app more, which makes firings countable and crashes findable."""

from exam_ops.settings import *  # noqa: F403
from exam_ops.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.plant"]
