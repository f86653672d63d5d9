"""The incident catalogue: every kind of incident with its grade, owners, remedy and action card.

Clauses 二(三) and 二(四) of the plan, item by item, and further kinds that an exam day brings.
"""

from exam_ops.rules.catalogue.client import CLIENT_TYPES
from exam_ops.rules.catalogue.entry import ENTRY_TYPES
from exam_ops.rules.catalogue.general import GENERAL_TYPES
from exam_ops.rules.catalogue.model import Grade, Group, IncidentType, Page, Party, Remedy, Step

INCIDENT_TYPES: dict[str, IncidentType] = {
    kind.code: kind for kind in (*ENTRY_TYPES, *CLIENT_TYPES, *GENERAL_TYPES)
}


def get(code: str) -> IncidentType:
    """The type under `code`; `KeyError` when the catalogue has none."""
    return INCIDENT_TYPES[code]


__all__ = [
    "INCIDENT_TYPES",
    "Grade",
    "Group",
    "IncidentType",
    "Page",
    "Party",
    "Remedy",
    "Step",
    "get",
]
