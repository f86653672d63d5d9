"""`make chaos`: the portal's processes killed, paused and misled, and what must still be true afterwards (docs/faults.md)."""
