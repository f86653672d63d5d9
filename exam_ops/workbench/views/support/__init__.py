"""技术支持: the desk's queue and acts, calls written down, and the search by any key (A1, E11)."""
