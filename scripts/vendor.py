#!/usr/bin/env python3
"""Renew static/vendor, static/icons.svg and the tickets' font from npm packages; run by `make vendor`.

Needs `npm` on the PATH; uses whatever registry npm is configured for. Standard library only.
Writes static/vendor/VENDORED.md with name, version, licence and sha256 of every file.
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
FONTS = ROOT / "exam_ops" / "office" / "tickets" / "fonts"
FONT_SPEC = "@expo-google-fonts/noto-sans-sc@0.4.3"
FONT_FILES = {"400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf", "LICENSE_FONT": "OFL.txt"}


@dataclass(frozen=True)
class Package:
    """One npm package and the files wanted from it: path inside the package → name under static/vendor."""

    spec: str
    files: dict[str, str]
    note: str = ""


PACKAGES = (
    Package(
        "@tabler/core@1.6.1",
        {"dist/css/tabler.min.css": "tabler.min.css", "dist/js/tabler.min.js": "tabler.min.js"},
        "source map comments removed",
    ),
    Package("idiomorph@0.8.0", {"dist/idiomorph-ext.min.js": "idiomorph-ext.min.js"}, '`hx-ext="morph"`'),
)
ICONS_SPEC = "@tabler/icons@3.51.0"
ICONS = [
    "alert-triangle",
    "arrow-left",
    "bell",
    "brightness-auto",
    "building",
    "calendar-event",
    "camera",
    "check",
    "chevron-left",
    "chevron-right",
    "circle-check",
    "circle-x",
    "clipboard-check",
    "clock",
    "device-desktop",
    "device-mobile",
    "download",
    "eye",
    "file-text",
    "filter",
    "help-circle",
    "history",
    "home",
    "id-badge-2",
    "inbox",
    "info-circle",
    "language",
    "layout-dashboard",
    "lifebuoy",
    "list-check",
    "logout",
    "map-pin",
    "menu-2",
    "moon",
    "pencil",
    "phone",
    "photo",
    "player-skip-forward",
    "plus",
    "printer",
    "refresh",
    "search",
    "send",
    "settings",
    "shield-check",
    "sun",
    "ticket",
    "trash",
    "upload",
    "user",
    "user-scan",
    "users",
    "wifi-off",
    "x",
]
SOURCE_MAP = re.compile(rb"\n?/[/*]# sourceMappingURL=[^\n*]*(\*/)?\s*$")


def unpack(spec: str, into: Path) -> Path:
    """Fetch one package with `npm pack` and return the folder of its contents."""
    into.mkdir()
    packed = subprocess.run(
        ["npm", "pack", "--silent", "--json", spec], cwd=into, check=True, capture_output=True, text=True
    )
    listing = json.loads(packed.stdout)
    entry = listing[0] if isinstance(listing, list) else next(iter(listing.values()))
    archive = into / entry["filename"].replace("@", "").replace("/", "-")
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    return into / "package"


def describe(folder: Path) -> tuple[str, str, str]:
    """Name, version and licence of an unpacked package."""
    facts = json.loads((folder / "package.json").read_text())
    return facts["name"], facts["version"], facts["license"]


def copy_files(package: Package, folder: Path) -> list[str]:
    """Copy the wanted files and return their table rows."""
    name, version, licence = describe(folder)
    rows = []
    for source, target in package.files.items():
        content = SOURCE_MAP.sub(b"\n", (folder / source).read_bytes())
        (VENDOR / target).write_bytes(content)
        rows.append(row(f"`vendor/{target}`", name, version, licence, content, package.note))
    return rows


def write_sprite(folder: Path) -> str:
    """Write static/icons.svg, one symbol an icon, and return its table row."""
    name, version, licence = describe(folder)
    symbols = []
    for icon in ICONS:
        svg = (folder / "icons" / "outline" / f"{icon}.svg").read_text()
        shapes = re.search(r"<svg.*?>(.*)</svg>", svg, re.S).group(1)
        shapes = re.sub(r"<path stroke=\"none\"[^>]*/>", "", shapes)
        shapes = re.sub(r"\s*\n\s*", "", shapes)
        symbols.append(
            f'<symbol id="{icon}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
        )
    head = f"<!-- {name} {version}, {licence}, Copyright (c) Paweł Kuna -->"
    content = "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', head, *symbols, "</svg>", ""]).encode()
    (STATIC / "icons.svg").write_bytes(content)
    return row("`icons.svg`", name, version, licence, content, f"{len(ICONS)} icons as one sprite")


def copy_font(folder: Path) -> list[str]:
    """Copy the font that prints every character of a name, with its licence."""
    name, version, _ = describe(folder)
    rows = []
    for source, target in FONT_FILES.items():
        content = (folder / source).read_bytes()
        (FONTS / target).write_bytes(content)
        place = (FONTS / target).relative_to(ROOT)
        rows.append(row(f"`/{place}`", name, version, "OFL-1.1", content, "PDF tickets"))
    return rows


def row(target: str, name: str, version: str, licence: str, content: bytes, note: str) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f"| {target} | {name} | {version} | {licence} | {note} | `{digest}` |"


def main() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        rows = []
        for number, package in enumerate(PACKAGES):
            rows += copy_files(package, unpack(package.spec, Path(temporary) / str(number)))
        rows.append(write_sprite(unpack(ICONS_SPEC, Path(temporary) / "icons")))
        rows += copy_font(unpack(FONT_SPEC, Path(temporary) / "font"))
    (VENDOR / "VENDORED.md").write_text(
        "# Vendored files\n\nRenewed by `scripts/vendor.py` (`make vendor`); never edited by hand. "
        "htmx itself comes with the django-htmx package.\n\n"
        "| file | package | version | licence | note | sha256 |\n|---|---|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )
    print("\n".join(rows))


if __name__ == "__main__":
    main()
