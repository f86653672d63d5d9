"""Clause 二(四): what goes wrong at the exam client, in the order of the plan."""

from exam_ops.rules.catalogue.client_running import RUNNING_TYPES
from exam_ops.rules.catalogue.client_setup import SETUP_TYPES

CLIENT_TYPES = tuple(sorted((*RUNNING_TYPES, *SETUP_TYPES), key=lambda kind: kind.code))
