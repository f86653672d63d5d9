"""准考证: printed singly and per room, each printing counted; what was wrong with one is recorded (C1)."""
