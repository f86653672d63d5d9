"""Rosters of proctors: a cell of the grid, the branch's check, auto-fill, the import. Each part has a file of its own."""

from importlib import import_module
from importlib.util import find_spec

PARTS = ("roster_cell", "roster_check", "roster_fill", "import_proctors")


def run() -> None:
    """Every part that there is, one after the other."""
    for name in PARTS:
        if find_spec(f"bench.{name}"):
            import_module(f"bench.{name}").run()
