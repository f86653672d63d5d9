"""The sealed package's form and its check, offline: `python -m incidents.sealed FILE --public-key KEY`.

A package is a ZIP whose members are stored as they are. `manifest.json` (canonical JSON) names every other member
with size and SHA-256, its number in the plan's chain and the SHA-256 of the package before; `signature.json` signs
the bytes of the manifest with Ed25519. Nothing here asks Django, a database or the network.
"""

import argparse
import base64
import binascii
import hashlib
import json
import locale
import os
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exam_ops.rules.text import Text
from incidents import sealed_zip as archive
from incidents.sealed_zip import Unreadable

FORMAT = "exam-evidence-package/1"
MANIFEST, SIGNATURE = "manifest.json", "signature.json"
CHUNK = 1024 * 1024
MOST_MANIFEST = 16 * 2**20  # bytes

WORDS = {
    "not_a_package": Text("不是证据包，或文件已损坏", "Not a package, or damaged"),
    "hostile": Text("压缩包结构异常，未继续读取", "The ZIP is built abnormally and was not read further"),
    "changed": Text("内容被改动", "Changed"),
    "missing": Text("缺失", "Missing"),
    "added": Text("清单之外的内容", "Not in the manifest"),
    "manifest_unreadable": Text("清单无法读取或格式被改动", "The manifest is unreadable or was rewritten"),
    "signature_wrong": Text("签名不符：清单被改动，或不是用该密钥签署", "Wrong signature: another manifest or key"),
    "key_unknown": Text("签名密钥不在给出的公钥之中", "Signed by none of the public keys given"),
    "key_not_given": Text(
        "未给出公钥，无法证明由谁签署。请从系统的公钥页面取得公钥后用 --public-key 再验",
        "No public key was given, so who signed is unproven. Take it from the portal's list and use --public-key",
    ),
    "chain_broken": Text("与前一个证据包的哈希不衔接", "Does not follow the hash of the package before"),
    "chain_gap": Text("链上缺少证据包", "Packages of the chain are missing"),
    "chain_fork": Text("链上有两个相同编号的证据包", "Two packages of the chain bear the same number"),
    "chain_other_plan": Text("属于另一考试计划的链", "Belongs to the chain of another plan"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: `code` is a key of `WORDS`, `where` the member or package that it is about."""

    code: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A package as far as it could be read, and everything found wrong with it."""

    sha256: str
    manifest: dict[str, Any]
    findings: tuple[Finding, ...]


def canonical(value: Any) -> bytes:
    """The one way to write a manifest: keys sorted, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def key_id(public_key: bytes) -> str:
    """The name of a key: 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def read_key(text: str) -> bytes:
    """A public key as the portal lists it (base64 of 32 bytes), or a file that holds it; raises `ValueError`."""
    try:
        if len(text) < 40 or Path(text).is_file():
            text = Path(text).read_text(encoding="ascii")
        key = base64.b64decode(text.strip().encode("ascii"), validate=True)
    except (OSError, binascii.Error, UnicodeError) as error:
        raise ValueError(text) from error
    if len(key) != 32:
        raise ValueError(text)
    return key


def verify(file: Path, *, public_keys: Sequence[bytes]) -> Checked:
    """Checks one package against the keys that may have signed it, member by member."""
    try:
        with file.open("rb") as content:
            return verify_open(content, file.name, public_keys=public_keys)
    except OSError:
        return Checked("", {}, (Finding("not_a_package", file.name),))


def verify_open(content: BinaryIO, name: str, *, public_keys: Sequence[bytes]) -> Checked:
    """The same of a file that stands open and can be read from any place in it; `name` is for findings alone."""
    digest = hashlib.sha256()
    try:
        content.seek(0)
        while chunk := content.read(CHUNK):
            digest.update(chunk)
        directory = archive.directory_of(content)
        with zipfile.ZipFile(content) as pack:
            names = archive.members_of(pack, content, directory)
            if MANIFEST not in names:
                raise Unreadable("missing", MANIFEST)
            manifest, findings = _manifest(pack)
            findings += _signature(pack, names, public_keys)
            findings += _members(pack, names, manifest)
    except Unreadable as error:
        return Checked(digest.hexdigest(), {}, (Finding(error.code, error.where or name),))
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, NotImplementedError, RuntimeError, EOFError):
        return Checked(digest.hexdigest(), {}, (Finding("not_a_package", name),))
    return Checked(digest.hexdigest(), manifest, tuple(findings))


def verify_chain(packages: Iterable[Checked]) -> list[Finding]:
    """Whether packages follow each other without gap or fork, in whatever order they are given."""
    readable = [p for p in packages if p.manifest]
    rows = sorted(readable, key=lambda p: p.manifest["number"])
    found = []
    for before, after in pairwise(rows):
        number, where = after.manifest["number"], f"#{after.manifest['number']}"
        if after.manifest["plan"].get("code") != before.manifest["plan"].get("code"):
            found.append(Finding("chain_other_plan", where))
        elif number == before.manifest["number"]:
            if after.sha256 != before.sha256:
                found.append(Finding("chain_fork", where))
        elif number > before.manifest["number"] + 1:
            found.append(Finding("chain_gap", f"#{before.manifest['number'] + 1}–#{number - 1}"))
        elif after.manifest["previous"] != before.sha256:
            found.append(Finding("chain_broken", where))
    return found


def _manifest(pack: zipfile.ZipFile) -> tuple[dict[str, Any], list[Finding]]:
    try:
        if pack.getinfo(MANIFEST).file_size > MOST_MANIFEST:
            raise ValueError(MANIFEST)
        content = pack.read(MANIFEST)
        manifest = json.loads(content)
        is_whole = (
            manifest["format"] == FORMAT
            and type(manifest["number"]) is int
            and isinstance(manifest["plan"], dict)
            and (manifest["previous"] is None or isinstance(manifest["previous"], str))
            and all(
                isinstance(m["path"], str) and isinstance(m["size"], int) and isinstance(m["sha256"], str)
                for m in manifest["members"]
            )
        )
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable("manifest_unreadable", MANIFEST) from error
    if not is_whole:
        raise Unreadable("manifest_unreadable", MANIFEST)
    return manifest, [] if canonical(manifest) == content else [Finding("manifest_unreadable", MANIFEST)]


def _signature(pack: zipfile.ZipFile, names: dict[str, Any], public_keys: Sequence[bytes]) -> list[Finding]:
    if SIGNATURE not in names:
        return [Finding("missing", SIGNATURE)]
    try:
        if names[SIGNATURE].file_size > 4096:
            raise ValueError(SIGNATURE)
        content = pack.read(SIGNATURE)
        said = json.loads(content)
        named, signature = said["key_id"], base64.b64decode(said["signature"], validate=True)
        inside = base64.b64decode(said["public_key"], validate=True)
        if canonical(said) != content or key_id(inside) != named or set(said) != SAID:
            raise ValueError(SIGNATURE)
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, RecursionError):
        return [Finding("changed", SIGNATURE)]
    found = []
    if not public_keys:
        found.append(Finding("key_not_given", named))
    elif inside not in public_keys:
        found.append(Finding("key_unknown", named))
    try:
        Ed25519PublicKey.from_public_bytes(inside).verify(signature, pack.read(MANIFEST))
    except (InvalidSignature, ValueError):
        found.append(Finding("signature_wrong", SIGNATURE))
    return found


SAID = {"algorithm", "key_id", "public_key", "signature"}


def _members(pack: zipfile.ZipFile, names: dict[str, Any], manifest: dict[str, Any]) -> list[Finding]:
    listed = {m["path"]: m for m in manifest["members"]}
    found = [
        Finding("added", name) for name in names if name not in listed and name not in (MANIFEST, SIGNATURE)
    ]
    for path, told in listed.items():
        if path not in names:
            found.append(Finding("missing", path))
        elif names[path].file_size != told["size"] or _member_hash(pack, path) != told["sha256"]:
            found.append(Finding("changed", path))
    return found


def _member_hash(pack: zipfile.ZipFile, path: str) -> str:
    digest = hashlib.sha256()
    try:
        with pack.open(path) as member:
            while chunk := member.read(CHUNK):
                digest.update(chunk)
    except (zipfile.BadZipFile, EOFError, NotImplementedError):  # its own checksum says so already
        return ""
    return digest.hexdigest()


def say(text: Text) -> str:
    """In the language of the caller's locale, Chinese where it says nothing."""
    told = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return text.en if told.lower().startswith(("en", "c.", "posix")) else text.zh


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `python -m incidents.sealed` and `manage.py verify_package` share."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--public-key", action="append", default=[], metavar="KEY", help="base64, or a file")
    parser.add_argument("--chain", nargs="+", type=Path, default=[], metavar="FILE")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> tuple[str, int]:
    """Checks what the arguments name; returns what is to be printed and the exit code (0: nothing is wrong)."""
    keys = [read_key(text) for text in options.public_key]
    files = [options.file, *(f for f in options.chain if f != options.file)]
    checked = {file: verify(file, public_keys=keys) for file in files}
    chain = verify_chain(checked.values()) if len(files) > 1 else []
    is_good = not chain and not any(c.findings for c in checked.values())
    if options.json:
        told = {
            "ok": is_good,
            "packages": [{"file": str(f), "sha256": c.sha256, "number": c.manifest.get("number"),
                          "findings": [asdict(x) for x in c.findings]} for f, c in checked.items()],
            "chain": [asdict(x) for x in chain],
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False, indent=2), 0 if is_good else 1
    lines = []
    for file, one in checked.items():
        whole = say(
            Text("完好：签名、清单和全部内容一致", "Whole: signature, manifest and every member agree")
        )
        lines.append(f"{file.name}  SHA-256 {one.sha256}")
        lines += [f"  ✗ {say(WORDS[x.code])}  {x.where}" for x in one.findings] or [f"  ✓ {whole}"]
    lines += [f"✗ {say(WORDS[x.code])}  {x.where}" for x in chain]
    return "\n".join(lines), 0 if is_good else 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m incidents.sealed")
    add_arguments(parser)
    try:
        said, code = run(parser.parse_args(arguments))
    except ValueError:
        parser.error(
            say(
                Text(
                    "公钥应为 32 字节的 base64 或存放它的文件",
                    "a public key is base64 of 32 bytes, or its file",
                )
            )
        )
    print(said)
    return code


if __name__ == "__main__":
    sys.exit(main())
