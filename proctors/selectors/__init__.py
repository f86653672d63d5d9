"""What is asked about rosters: rooms short of certified proctors, what waits to be decided."""

from proctors.selectors.changes import waiting_changes
from proctors.selectors.rosters import certified_count, short_rooms

__all__ = ["certified_count", "short_rooms", "waiting_changes"]
