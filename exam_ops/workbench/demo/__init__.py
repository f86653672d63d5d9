"""`make demo`: an exam morning on this machine, from nothing."""
