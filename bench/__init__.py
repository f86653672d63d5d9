"""Speed and memory, measured: `make bench` prints one JSON line per measure (SCALE=full for the large ones)."""
