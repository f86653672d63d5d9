"""Photos of sign-ins: how many are taken in, what one costs, what its copies cost, and sign-ins beside them.

Each of 280,000 candidates brings one in the half hour before the exam: 156 a second, as many as sign-ins.
"""

import io
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from knox.crypto import hash_token
from msgspec import convert
from PIL import Image, ImageFilter

from bench import crowd
from bench.callers import Callers, Round, served
from bench.crowd import Door
from bench.measure import report, span
from bench.sign_ins import BATCH, MOST, ROOM, item, singles
from exam_ops.core import clock, picture_copies
from verification.services import at_once
from verification.services.facts import Said

A_SECOND = 280_000 / 1_800
ROUNDS, SECONDS = 3, 3
COPIES = 60


def run() -> None:
    """A photo for each of 15,000 sign-ins, alone and beside other sign-ins; then copies."""
    now = clock.now()
    doors = crowd.build("P", sites=200, rooms_per_site=4, per_room=ROOM, now=now)
    lines, others = photos_of(doors[:300], now), singles(doors[300:], now)
    photo = picture()
    with served() as server, tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as beside:
        file = Path(folder) / "photo.jpg"
        file.write_bytes(photo)
        callers, neighbours = Callers(server, Path(folder)), Callers(server, Path(beside))

        def sent() -> Round:
            return callers.round("/", lines, callers=8, items=1, most=MOST, seconds=SECONDS, picture=file)

        def signed_in() -> Round:
            return neighbours.round(
                "/api/v1/sign-ins/", others, callers=8, items=1, most=MOST * SECONDS, seconds=SECONDS
            )

        sent(), signed_in()  # warm
        alone = sorted((sent() for _ in range(ROUNDS)), key=lambda r: r.rate)[ROUNDS // 2]
        with ThreadPoolExecutor(2) as both:
            asked = both.submit(sent), both.submit(signed_in)
            photos, sign_ins = (round.result() for round in asked)
        memory = server.memory()
    report(
        "photos.taken",
        goal="-",
        ok=True,
        per_s=alone.rate,
        p95_ms=alone.p95,
        cpu_ms=1000 * alone.cpu / alone.good,
        cores_for_the_nation=A_SECOND * alone.cpu / alone.good,
        kb=len(photo) / 1024,
        worker_mb=memory,
    )
    report(
        "photos.beside_sign_ins",
        goal="-",
        ok=True,
        photos_per_s=photos.rate,
        photos_p95_ms=photos.p95,
        sign_ins_per_s=sign_ins.rate,
        sign_ins_p95_ms=sign_ins.p95,
    )
    copies(photo)


def copies(photo: bytes) -> None:
    """Copies for pages and measures for hints, in this process."""
    with span() as made:
        for _ in range(COPIES):
            picture_copies.make(io.BytesIO(photo), "image/jpeg")
    report(
        "photos.copies",
        goal="-",
        ok=True,
        cpu_ms=1000 * made.cpu / COPIES,
        cores_for_the_nation=A_SECOND * made.cpu / COPIES,
    )


def photos_of(doors: Sequence[Door], now: datetime) -> Iterator[str]:
    """Signs everybody of these rooms in; the lines of their photos."""
    found = []
    for door in doors:
        items = [item(door, n, now) for n in range(BATCH)]
        said = convert(items, list[Said])
        taken = at_once.take(at_once.Batch(hash_token(door.token), said, now, BATCH), now=clock.now())
        assert taken is not None
        found += [f"{door.token}\t/api/v1/sign-ins/{result.id}/photo/" for result in taken.results]
    return iter(found)


def picture() -> bytes:
    """A portrait of 480 × 640 pixels as a phone's App sends it; of nobody."""
    noise = Image.effect_noise((480, 640), 60).filter(ImageFilter.GaussianBlur(1.2))
    file = io.BytesIO()
    noise.convert("RGB").save(file, "JPEG", quality=80)
    return file.getvalue()
