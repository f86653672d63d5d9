"""What the chaos run plants into a portal process from outside; product code knows nothing of it."""
