"""The house stands as drawn: import contracts, one reader of clocks, named refusals in two languages."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from exam_ops.core.errors import Refusal

ROOT = Path(__file__).resolve().parents[2]
CODE = [
    p
    for folder in ("exam_ops", "incidents", "verification", "proctors", "client_support")
    for p in (ROOT / folder).rglob("*.py")
    if "migrations" not in p.parts
]


def test_import_contracts_hold():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_a_rule_loads_neither_django_nor_celery():
    code = "import exam_ops.rules.deadlines, exam_ops.rules.catalogue, sys; print({'django', 'celery'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def _clock_reads(path: Path) -> list[str]:
    reads = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            name = ast.unparse(node)
            if name in {
                "datetime.now",
                "datetime.utcnow",
                "timezone.now",
                "time.time",
                "date.today",
                "datetime.today",
            }:
                reads.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")
    return reads


def test_only_the_clock_reads_a_clock():
    outside = [
        p
        for p in CODE
        if p.relative_to(ROOT).as_posix() not in ("exam_ops/core/clock.py",) and "sim" not in p.parts
    ]
    assert [read for path in outside for read in _clock_reads(path)] == []


def _refusals(kind: type[Refusal] = Refusal) -> list[type[Refusal]]:
    return [kind] + [deeper for sub in kind.__subclasses__() for deeper in _refusals(sub)]


@pytest.mark.parametrize("kind", _refusals(), ids=lambda kind: kind.__name__)
def test_a_refusal_speaks_both_languages(kind):
    for text in (kind.title, kind.sentence):
        assert text.zh
        assert text.en
        assert text.zh != text.en
    assert re.fullmatch(r"[a-z0-9_]+", kind.code)


@pytest.mark.parametrize("path", CODE, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_stay_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
