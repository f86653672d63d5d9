"""`python -m exam_ops.sim var/demo.json examples/….xlsx --jump 'CMD'`: plays a morning against a running portal."""

import argparse
import json
import subprocess
from pathlib import Path

from exam_ops.sim.morning import play


def main() -> int:
    """Plays and returns 1 when something unexpected was answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path, help="what `make demo` wrote: var/demo.json")
    parser.add_argument("workbook", type=Path, help="the workbook of its plan")
    parser.add_argument(
        "--jump", help="a shell command that moves the drill to just before the next deadline"
    )
    parser.add_argument("--pace", choices=("jumps", "real"), default="jumps")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()

    def jump() -> None:
        subprocess.run(chosen.jump, shell=True, check=True, stdout=subprocess.DEVNULL)

    result = play(
        json.loads(chosen.demo.read_text(encoding="utf-8")),
        chosen.workbook,
        jump=jump if chosen.jump else None,
        say=lambda line: print(line, flush=True),
        pace=chosen.pace,
        seed=chosen.seed,
    )
    for line in result.unexpected:
        print(f"意外 {line}")
    return 1 if result.unexpected else 0


if __name__ == "__main__":
    raise SystemExit(main())
