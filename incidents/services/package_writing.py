"""Writing one package as a stream: sections as of one instant, originals by their hash, then manifest and signature.

Memory holds one chunk of an original and the sections' own text, however many pictures there are.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from exam_ops.core import files, snapshot
from exam_ops.core.folder_store import Damaged
from exam_ops.core.models import SiteUnit
from incidents import sealed, sealing
from incidents.models import EvidencePackage, PackageOrder
from incidents.services import evidence_keys
from incidents.services.package_sections import Row, Teller, every

CHUNK = 256 * 1024  # bytes
ENDINGS = ((b"\xff\xd8\xff", "jpg"), (b"\x89PNG", "png"), (b"RIFF", "webp"))
OTHER_ENDING = "heic"

READ_ME = """\
应急材料封存包 · sealed evidence package

manifest.json 列出其余每个文件的大小和 SHA-256；signature.json 是对 manifest.json 全部字节的 Ed25519 签名。
验证不需要网络、数据库和本系统。用随系统源代码发布的程序：
  python -m incidents.sealed 本文件.zip --public-key 公钥
或用通用工具（解压后，在其目录中；OpenSSL 3）：
manifest.json names every other file with its size and SHA-256; signature.json is an Ed25519 signature over the bytes
of manifest.json. To check, without network, database or portal: the command above, or with common tools (unpacked):

  python3 -c 'import json; [print(m["sha256"], "", m["path"]) for m in json.load(open("manifest.json"))["members"]]' \\
    | sha256sum --check
  (printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; echo PUBLIC_KEY | base64 -d) > key.der
  python3 -c 'import json; print(json.load(open("signature.json"))["signature"])' | base64 -d > manifest.sig
  openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in manifest.json -sigfile manifest.sig

公钥须从本包以外取得（总部公布的公钥，或系统的公钥页面）；包内的公钥只说明由谁签署，不能作为证明。
Take the public key from elsewhere than this package: the one inside only names the signer.

清单中的 previous 是链上前一个包整个文件的 SHA-256。时间为考试计划的时钟，北京时间。
originals/ 中是未经改动的原图，以其内容的 SHA-256 命名。
`previous` in the manifest is the SHA-256 of the whole package before in the chain. Times are those of the plan's
clock, in Beijing. `originals/` holds pictures untouched, named by the SHA-256 of their bytes.
"""


class OriginalLost(Exception):
    """The store has no file under this hash."""


class OriginalDamaged(Exception):
    """The file under this hash has other bytes."""


@dataclass(slots=True)
class Writing:
    """One package that is being written: `chunks()` is its file; what came of it stands here when they are through.

    `goes_on` is called before each original and may stop the work by raising.
    """

    order: PackageOrder
    site_unit: SiteUnit
    read_clock: Callable[[], datetime]
    goes_on: Callable[[], None]
    read_at: datetime = field(init=False)
    counts: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    before: EvidencePackage | None = None  # in the chain
    supersedes: EvidencePackage | None = None
    made_at: datetime = field(init=False)
    sealed: sealing.Sealed = field(init=False)

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the file in their order.

        Raises `OriginalLost`, `OriginalDamaged` (unless the order says to do without them), `Unavailable`.
        """
        handed = _Handed()
        package = sealing.Package(handed)
        parts, originals = self._read()
        for sha256 in originals:
            self.goes_on()
            if not self._is_there(sha256):
                continue
            for _ in package.adding(*self._original(sha256)):
                yield from handed.take()
        for name, content in parts:
            for _ in package.adding(name, [content]):
                yield from handed.take()
        self._seal(package)
        yield from handed.take()

    def _read(self) -> tuple[list[tuple[str, bytes]], Sequence[str]]:
        """Every section as it stands at one instant, and which originals they name."""
        teller = Teller(self.site_unit.unit.plan)
        originals: dict[str, None] = {}
        parts = [("README.txt", READ_ME.encode())]
        with snapshot.one_look():
            self.read_at = self.read_clock()
            for section in every():
                rows = list(section.rows(self.site_unit, teller))
                self.counts[section.name] = len(rows)
                parts.append((f"{section.name}.json", _json(rows)))
                if section.originals:
                    originals |= dict.fromkeys(section.originals(self.site_unit))
        self.counts["originals"] = len(originals)
        return parts, list(originals)

    def _is_there(self, sha256: str) -> bool:
        """Whether the original is to be had; only an order that does without lost ones asks beforehand."""
        if not self.order.without_lost:
            return True
        try:
            for _ in _whole(sha256):
                pass
        except (OriginalLost, OriginalDamaged):
            self.lost.append(sha256)
            return False
        return True

    def _original(self, sha256: str) -> tuple[str, Iterator[bytes]]:
        content = _whole(sha256)
        head = next(content)
        return f"originals/{sha256}.{_ending(head)}", _after(head, content)

    def _seal(self, package: sealing.Package) -> None:
        """The order's turn means that nobody else lengthens the plan's chain meanwhile."""
        chain = EvidencePackage.objects.filter(plan=self.order.plan_id).order_by("-number")
        self.before = chain.first()
        self.supersedes = chain.filter(site_unit=self.site_unit).first()
        self.made_at = self.read_clock()
        self.sealed = package.seal(
            evidence_keys.signing_key(),
            number=self.before.number + 1 if self.before else 1,
            previous=self.before.sha256 if self.before else None,
            about=self._about(),
        )

    def _about(self) -> dict[str, Any]:
        site, unit = self.site_unit.site, self.site_unit.unit
        plan, older = unit.plan, self.supersedes
        tell = Teller(plan)
        return {
            "plan": {"code": plan.code, "name": plan.name, "kind": plan.kind},
            "unit": {
                "code": unit.code,
                "name": unit.name,
                "start": tell.planned(self.site_unit.start),
                "end": tell.planned(self.site_unit.end),
            },
            "site": {"code": site.code, "name": site.name},
            "branch": {"code": site.branch.code, "name": site.branch.name},
            "cause": self.order.cause,
            "reason": tell.words(self.order.reason),
            "asked_by": tell.person(self.order.asked_by),
            "read_at": tell.at(self.read_at),
            "made_at": tell.at(self.made_at),
            "made_at_utc": self.made_at.isoformat(),
            "supersedes": {"number": older.number, "sha256": older.sha256} if older else None,
            "counts": self.counts,
            "lost": sorted(self.lost),
            "sections": {section.name: section.label.both for section in every()},
        }


class _Handed:
    """What the writer of the ZIP wrote since it was last taken."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> Iterator[bytes]:
        written, self._written = self._written, []
        yield from written


def _json(rows: Sequence[Row]) -> bytes:
    """One row a line, so that people can read it as well."""
    return b"[\n" + b",\n".join(sealed.canonical(row) for row in rows) + b"\n]\n"


def _whole(sha256: str) -> Iterator[bytes]:
    """An original's bytes; after the last one they are known to be those of its hash."""
    digest = hashlib.sha256()
    try:
        with files.open(sha256) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                yield chunk
    except FileNotFoundError:
        raise OriginalLost(sha256) from None
    except Damaged:  # a bucket compares by itself
        raise OriginalDamaged(sha256) from None
    if digest.hexdigest() != sha256:
        raise OriginalDamaged(sha256)


def _after(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _ending(head: bytes) -> str:
    return next((ending for start, ending in ENDINGS if head.startswith(start)), OTHER_ENDING)
