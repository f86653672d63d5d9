"""A minute of `make chaos`, with servers of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]


def test_nothing_is_lost_doubled_or_early_whatever_dies():
    run = subprocess.run(
        [sys.executable, "-m", "tests.faults", "smoke"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
