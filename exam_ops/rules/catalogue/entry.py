"""Clause 二(三): what goes wrong when candidates are checked at the door, in the order of the plan."""

from exam_ops.rules.catalogue.entry_candidates import CANDIDATE_TYPES
from exam_ops.rules.catalogue.entry_rooms import ROOM_TYPES

ENTRY_TYPES = tuple(sorted((*CANDIDATE_TYPES, *ROOM_TYPES), key=lambda kind: kind.code))
