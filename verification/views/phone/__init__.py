"""Phone pages (E6): the chief's queue, the proctor's one room, what they send, and what makes them installable."""
