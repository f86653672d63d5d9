"""What is asked about rosters: rooms short of certified proctors, the grid of a site's unit, what waits to be decided."""

from proctors.selectors.changes import waiting_changes
from proctors.selectors.rosters import certified_count, grid, short_rooms

__all__ = ["certified_count", "grid", "short_rooms", "waiting_changes"]
