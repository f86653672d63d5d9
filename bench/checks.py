"""Checks of evidence: near pictures among a million, and how long a photo's checks take.

Half of the million are unlike each other, half are rooms that were taken again from nearly the same place in many
units. `found` counts near pictures that the look-up named, `brute` what a scan of every row names: they are equal.
Photos are of 4 MB and 12 megapixels; one quiet thread of one worker checks them, as deployed. The time for 900 is
measured with SCALE=full and otherwise reckoned from those that were checked (`reckoned`). Watermarks are read where
the extra `ocr` is installed, and otherwise leave no line.
"""

import io
import random
import tempfile
import uuid
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from PIL import Image

from bench import nation
from bench.measure import FULL, percentile, report, span
from exam_ops.core import clock, files
from exam_ops.core.models import RoomSession, User
from exam_ops.rules import likeness
from exam_ops.rules.evidence_checks import State
from exam_ops.rules.likeness import Bands
from exam_ops.sim import camera
from incidents.models import Evidence, EvidenceCheck, EvidencePicture
from incidents.services import check_worker, checks, likenesses

MILLION = 1_000_000
ROOMS = 2_000  # of which each has as many versions as make the million
ASKED, SCANNED = 300, 10
MOST_MS = 100
MANY, WITHIN, READ_WITHIN = 900, 15 * 60, 45 * 60  # photos, seconds
PHOTOS = MANY if FULL else 60
READ = 12  # photos whose watermark is read
DRAWN = 20  # different photos; the others are the same pixels in another file
SIZE = 4_000_000  # bytes

_EVIDENCE = """
INSERT INTO incidents_evidence (id, room_session_id, version, uploaded_by_id, reason, lateness_reason, received_at,
    sha256, size, strip_code, on_time, owed, withdrawal_reason)
SELECT md5('e' || g)::uuid, (%(rooms)s)[1 + g %% %(count)s], 1 + g / %(count)s, %(who)s, 'x', '', now(),
    lpad(to_hex(g), 64, '0'), 4000000, '', true, true, ''
FROM generate_series(0, %(most)s - 1) g
"""
_PICTURES = """
INSERT INTO incidents_evidencepicture (evidence_id, sha256, is_drill, made_at, display, thumb, band_0, band_1, band_2, band_3)
SELECT md5('e' || g)::uuid, lpad(to_hex(g), 64, '0'), false, now(), '', '', band_0, band_1, band_2, band_3 FROM loaded
"""
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes JOIN pg_class ON relname = indexname JOIN pg_index ON indexrelid = pg_class.oid
WHERE tablename IN ('incidents_evidence', 'incidents_evidencepicture') AND NOT indisunique
"""


def run() -> None:
    """The look-up first, then photos beside the million that stand."""
    now = clock.now()
    site_units = nation.build("C", sites=100, rooms_per_site=ROOMS / 100, per_room=1, now=now)
    rooms = list(
        RoomSession.objects.filter(site_unit__in=site_units).select_related("site_unit").order_by("pk")
    )
    who = User.objects.create(username="bench-uploader", name="监考")
    with span() as loading:
        hashes = _load(rooms, who)
    _report_look_up(hashes, loading.wall)
    with tempfile.TemporaryDirectory() as folder:
        before, settings.FILES_DIR = settings.FILES_DIR, Path(folder)
        try:
            _report_photos(rooms, who)
            if find_spec("rapidocr"):
                _report_watermarks(rooms, who)
        finally:
            settings.FILES_DIR = before


def _load(rooms: list[RoomSession], who: User) -> list[int]:
    """A million pictures of earlier terms, in bulk and without the triggers that judge uploads."""
    rng = random.Random(1)
    again = [rng.getrandbits(64) for _ in range(MILLION // 100)]  # each is taken fifty times
    hashes = [
        _turned(rng.choice(again), rng.randrange(16), rng) if g % 2 else rng.getrandbits(64)
        for g in range(MILLION)
    ]
    lines = io.StringIO("".join(_line(g, likeness.bands(of)) for g, of in enumerate(hashes)))
    pks = [room.pk for room in rooms]
    values: dict[str, Any] = {"rooms": pks, "count": len(pks), "who": who.pk, "most": MILLION}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_INDEXES)
        indexes = cursor.fetchall()  # made again below: far quicker than filled row by row
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("CREATE TEMP TABLE loaded (g int, band_0 int, band_1 int, band_2 int, band_3 int)")
        cursor.copy_expert("COPY loaded FROM STDIN", lines)
        cursor.execute(_EVIDENCE, values)
        cursor.execute(_PICTURES)
        for _, definition in indexes:
            cursor.execute(definition)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return hashes


def _line(g: int, bands: Bands) -> str:
    return f"{g}\t{bands[0]}\t{bands[1]}\t{bands[2]}\t{bands[3]}\n"


def _turned(of: int, bits: int, rng: random.Random) -> int:
    for bit in rng.sample(range(64), bits):
        of ^= 1 << bit
    return of


def _report_look_up(hashes: list[int], loaded: float) -> None:
    """Half of what is asked for is near some picture, half is new; the whole check is timed, with names and places."""
    rng = random.Random(2)
    asked = [
        _turned(rng.choice(hashes), rng.randrange(likeness.NEAR + 1), rng) if n % 2 else rng.getrandbits(64)
        for n in range(ASKED)
    ]
    first = Evidence.objects.order_by("pk").values_list("pk", flat=True)[0]
    took, named = [], 0
    for of in asked:
        picture = EvidencePicture(evidence_id=first, sha256="f" * 64, is_drill=False)
        picture.band_0, picture.band_1, picture.band_2, picture.band_3 = likeness.bands(of)
        with span() as one:
            named += len(likenesses.twins(picture))
        took.append(one.wall * 1000)
    probes = asked[-SCANNED:]
    found = [sorted(d for _, d in likenesses.near(likeness.bands(of), is_drill=False)) for of in probes]
    brute = [_scan(likeness.bands(of)) for of in probes]
    p95 = percentile(took, 0.95)
    report(
        "checks.same_picture",
        goal=f"p95_ms <= {MOST_MS} among {MILLION:,}, and none missed",
        ok=p95 <= MOST_MS and found == brute,
        rows=EvidencePicture.objects.count(),
        p50_ms=percentile(took, 0.5),
        p95_ms=p95,
        worst_ms=max(took),
        named=named,
        found=sum(map(len, found)),
        brute=sum(map(len, brute)),
        loaded_s=loaded,
    )


def _scan(of: Bands) -> list[int]:
    """The distances of every near picture, by looking at all."""
    bands = (f"band_{n}" for n in range(likeness.BANDS))
    apart = " + ".join(f"bit_count(({band} # %s)::bit(32))" for band in bands)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT d FROM (SELECT {apart} AS d FROM incidents_evidencepicture) AS all_of_them WHERE d <= %s ORDER BY d",
            [*of, likeness.NEAR],
        )
        return [row[0] for row in cursor.fetchall()]


def _report_photos(rooms: list[RoomSession], who: User) -> None:
    for place, photo in enumerate(_photos()):
        _send(photo, rooms[place % len(rooms)], 1 + place // len(rooms), who)
    with span() as took:
        check_worker.run(clock.now)
    each = took.wall / PHOTOS
    waiting = EvidenceCheck.objects.filter(name__in=checks.BACKGROUND, state=State.PENDING).count()
    report(
        "checks.photos",
        goal=f"{MANY} photos of 4 MB within {WITHIN} s by one thread",
        ok=waiting == 0 and each * MANY <= WITHIN,
        photos=PHOTOS,
        checks=PHOTOS * len(checks.BACKGROUND),
        waiting=waiting,
        seconds=took.wall,
        cpu_s=took.cpu,
        seconds_a_photo=each,
        seconds_for_900=each * MANY,
        reckoned=PHOTOS < MANY,
    )


def _report_watermarks(rooms: list[RoomSession], who: User) -> None:
    settings.OCR = True
    taken = rooms[0].site_unit.start + timedelta(minutes=30)
    for place in range(READ):
        photo = camera.panorama(
            seats=30, taken_at=taken, lines=["示例市示例路18号"], size=SIZE // 2, seed=place
        )
        _send(photo, rooms[place], 99, who)
    check_worker.run(clock.now)
    with span() as took:
        done = check_worker.run(clock.now, checks.OCR)
    each = took.wall / READ
    read = EvidenceCheck.objects.filter(name__in=checks.OCR).exclude(state=State.MISSING).count()
    report(
        "checks.watermarks",
        goal=f"{MANY} watermarks within {READ_WITHIN} s by one worker, all of them read",
        ok=done == read == READ and each * MANY <= READ_WITHIN,
        photos=READ,
        read=read,
        seconds=took.wall,
        cpu_s=took.cpu,
        seconds_a_photo=each,
        seconds_for_900=each * MANY,
        reckoned=True,
    )


def _send(photo: bytes, room: RoomSession, version: int, who: User) -> None:
    """As if it had just been taken in, with its checks."""
    now = clock.now()
    row = Evidence(
        id=uuid.uuid4(), room_session=room, version=MILLION + version, uploaded_by=who, reason="x",
        captured_at=room.site_unit.start + timedelta(minutes=30), received_at=now,
        sha256=files.save(photo), size=len(photo), on_time=True, owed=True,
    )  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # long after the unit's end
        row.save(force_insert=True)
        checks.ask(row, now=now)


def _photos() -> Iterator[bytes]:
    """Photos of 12 megapixels and about 4 MB, each another file."""
    drawn: list[bytes] = []
    quality = 0
    for n in range(PHOTOS):
        if n < DRAWN:
            grain = Image.effect_noise((1000, 750), 90).resize((4000, 3000), Image.Resampling.BICUBIC)
            light = Image.effect_noise((16, 12), 120).resize((4000, 3000), Image.Resampling.BICUBIC)
            picture = Image.blend(grain, light, 0.6).convert("RGB")
            quality = quality or _quality_of(picture)
            drawn.append(_encoded(picture, quality))
        whole = drawn[n % DRAWN]
        said = n.to_bytes(4, "big")
        yield whole[:2] + b"\xff\xfe" + (2 + len(said)).to_bytes(2, "big") + said + whole[2:]


def _quality_of(picture: Image.Image) -> int:
    """The quality that comes nearest to `SIZE`."""
    return min(range(50, 100, 7), key=lambda quality: abs(len(_encoded(picture, quality)) - SIZE))


def _encoded(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
