"""The parts of the run, one file each: `NAME`-d by their file, with a budget in seconds and `run(stage)`."""
