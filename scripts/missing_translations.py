"""Fail when a sentence of the pages has no English: missing, fuzzy or empty in locale/en.

Collects the sentences with `makemessages` in a copy of the tree's sources, so that the tree stays as it is.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/en/LC_MESSAGES/django.po")


def tracked_files() -> list[Path]:
    """What git knows or would take: neither .venv nor var nor anything else that .gitignore names."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    return [Path(name) for name in listed.decode().split("\0") if name]


def is_source(path: Path) -> bool:
    if path.parts[0] in {"tests", "static"}:
        return False
    return path.suffix in {".py", ".html", ".txt", ".po"} and (ROOT / path).is_file()


def untranslated(tree: Path) -> list[str]:
    """One line per sentence without English, after collecting them anew in `tree`."""
    collected = subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", "en", "--no-wrap", "--verbosity", "0"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    if collected.returncode:
        raise SystemExit(f"makemessages failed:\n{collected.stderr or collected.stdout}")
    with (tree / CATALOGUE).open("rb") as file:
        catalogue = read_po(file, locale="en")
    found = []
    for message in catalogue:
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and (message.fuzzy or not all(words)):
            sentence = message.id[0] if isinstance(message.id, tuple) else message.id
            where = ", ".join(f"{name}:{line}" for name, line in message.locations[:2])
            found.append(f"{'fuzzy' if message.fuzzy else 'missing'}: {sentence!r} ({where})")
    return found


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="exam-ops-messages-") as folder:
        tree = Path(folder)
        (tree / CATALOGUE).parent.mkdir(parents=True)
        for path in filter(is_source, tracked_files()):
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, tree / path)
        found = untranslated(tree)
    if found:
        print(*found, sep="\n")
        print(f"{len(found)} sentence(s) without English: `make messages`, then fill in {CATALOGUE}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
