"""What the plan does not list but an exam day brings."""

from exam_ops.rules.catalogue.general_people import PEOPLE_TYPES
from exam_ops.rules.catalogue.general_services import SERVICE_TYPES

GENERAL_TYPES = (*SERVICE_TYPES, *PEOPLE_TYPES)
