"""What is asked about rosters: rooms short of certified proctors, the grid of a site's unit."""

from proctors.selectors.rosters import certified_count, grid, short_rooms

__all__ = ["certified_count", "grid", "short_rooms"]
