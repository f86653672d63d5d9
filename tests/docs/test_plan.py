"""docs/plan.md names every promise of the plan; what it calls done has a test that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IDS = (
    [f"A{n}" for n in range(1, 5)]
    + [f"B{n}" for n in range(1, 9)]
    + [f"C{n}" for n in range(0, 18)]
    + [f"D{n}" for n in range(1, 11)]
    + [f"E{n}" for n in range(1, 12)]
)
ROWS = {
    cells[0]: cells[1:]
    for line in (ROOT / "docs/plan.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and len(cells := [c.strip() for c in line.strip("|").split("|")]) == 5
}
STATES = {"done", "partly", "open"}


@pytest.mark.parametrize("id", IDS)
def test_every_id_is_listed(id):
    assert id in ROWS, f"{id} is missing in docs/plan.md"
    assert ROWS[id][1] in STATES


@pytest.mark.parametrize("id", [i for i in IDS if i in ROWS and ROWS[i][1] == "done"])
def test_what_is_done_names_existing_tests(id):
    tests = re.findall(r"`(tests/[^`]+)`", ROWS[id][3])
    assert tests, f"{id} is called done without a test"
    for name in tests:
        path, _, function = name.partition("::")
        assert (ROOT / path).exists(), name
        assert not function or f"def {function}(" in (ROOT / path).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("id", [i for i in IDS if i in ROWS and ROWS[i][1] != "done"])
def test_what_is_not_done_says_what_is_missing(id):
    assert ROWS[id][2], f"{id} names no gap"


@pytest.mark.parametrize("id", [i for i in IDS if i in ROWS])
def test_code_that_is_named_exists(id):
    for path in re.findall(r"`([a-z_]+/[^`]*\.(?:py|html|js|yml))`", ROWS[id][2]):
        assert (ROOT / path).exists(), f"{id}: {path}"
