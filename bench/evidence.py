"""Photos of 4 MB sent by eight phones at once, the memory of the web processes meanwhile, and hostile files."""

import http.client
import io
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from PIL import Image

from bench import crowd
from bench.callers import Server, served
from bench.crowd import Door
from bench.measure import FULL, cpu_of, percentile, report, span
from exam_ops.core import clock
from incidents.models import Evidence
from tests.incidents import hostile

CALLERS, UPLOADS = 8, 200
# Threads and allocator take their share over the first 450 uploads, 100 MB of a process; from then on it is flat.
WARM_UP, MORE_MB = (480, 15) if FULL else (120, 40)
MOST_MB = 240
MB = 1 << 20
BOUNDARY = "bench-boundary"


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: its code, seconds from the last byte sent to it, and those from the first byte."""

    status: int
    code: str
    beside_transfer: float
    whole: float


def run() -> None:
    """A unit at T+31 min; pictures that are good, then those that are not."""
    now = clock.now()
    doors = crowd.build(
        "E", sites=10, rooms_per_site=4, per_room=20, now=now, starts_in=timedelta(minutes=-31)
    )
    photo = panorama()
    with served() as server:
        post = Posts(server, doors, now).post
        _at_once(lambda n: post(n, marked(photo)), WARM_UP)
        before = server.memory()
        used = cpu_of(server.pids())
        with _peak(server) as peak, span() as lasted:
            told = _at_once(lambda n: post(n, marked(photo)), UPLOADS)
        after, used = server.memory(), cpu_of(server.pids()) - used
        uploads(told, lasted.wall, used, len(photo))
        report(
            "evidence.memory",
            goal=f"≤ {MORE_MB} MB more for 200 uploads, 740 MB of photos; ≤ {MOST_MB} MB in all",
            ok=after - before <= MORE_MB and peak[0] <= MOST_MB,
            before_mb=before,
            after_mb=after,
            most_mb=peak[0],
        )
        bad_files(server, post)
    agreement()


def uploads(told: Sequence[Told], seconds: float, cpu: float, size: int) -> None:
    """How long a phone waits beside the transfer of its bytes, and what server and database spend on it."""
    waits = [t.beside_transfer for t in told]
    p95 = percentile(waits, 0.95)
    wrong = sorted({f"{t.status} {t.code}" for t in told if t.status != 201})
    report(
        "evidence.upload",
        goal="p95_s ≤ 1.5 beside transfer, 8 at once",
        ok=p95 <= 1.5 and not wrong,
        uploads=len(told),
        photo_mb=size / MB,
        p50_s=percentile(waits, 0.5),
        p95_s=p95,
        whole_p95_s=percentile([t.whole for t in told], 0.95),
        per_s=len(told) / seconds,
        cpu_ms=cpu / len(told) * 1000,
        wrong=wrong,
    )


def bad_files(server: Server, post: Callable[..., Told]) -> None:
    """Every hostile file of the tests, four at a time: refused with its code, in time, at little memory."""
    bad = list(hostile.files())
    before = server.memory()
    with _peak(server) as peak:
        told = _at_once(lambda n: post(n, bad[n].content, name=bad[n].name), len(bad), callers=4)
    wrong = [f"{b.what}: {t.status} {t.code}" for b, t in zip(bad, told, strict=True) if t.code != b.code]
    slowest = max(t.beside_transfer for t in told)
    report(
        "evidence.hostile",
        goal="each refused with its code in ≤ 2 s, memory of a process ≤ 200 MB more",
        ok=not wrong and slowest <= 2 and peak[0] - before <= 200,
        files=len(bad),
        slowest_s=slowest,
        more_mb=peak[0] - before,
        left_mb=server.memory() - before,
        wrong=wrong,
    )


def agreement() -> None:
    """Every picture has its row and every row its picture."""
    rows = list(Evidence.objects.values_list("sha256", flat=True))
    report(
        "evidence.agreement",
        goal="a row and a version for each upload",
        ok=len(rows) == len(set(rows)) == UPLOADS + WARM_UP,
        rows=len(rows),
        files=len(set(rows)),
    )


class Posts:
    """Phones of the rooms' proctors, one connection a call as after a break of the network."""

    def __init__(self, server: Server, doors: Sequence[Door], now: datetime) -> None:
        self.server, self.doors, self.captured = server, doors, now

    def post(self, n: int, photo: bytes, name: str = "room.jpg") -> Told:
        door = self.doors[n % len(self.doors)]
        head, tail = _form(door, self.captured, name)
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        began = time.perf_counter()
        line.putrequest("POST", "/api/v1/evidence/")
        line.putheader("Authorization", f"Token {door.token}")
        line.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        line.putheader("Content-Length", str(len(head) + len(photo) + len(tail)))
        line.endheaders()
        for part in (head, photo, tail):
            line.send(part)
        sent = time.perf_counter()
        answer = line.getresponse()
        told = json.loads(answer.read() or b"{}")
        done = time.perf_counter()
        line.close()
        return Told(answer.status, told.get("code", ""), done - sent, done - began)


def _form(door: Door, captured: datetime, name: str) -> tuple[bytes, bytes]:
    fields = {
        "id": str(uuid4()),
        "room_session": str(door.room),
        "reason": "人脸识别未通过，已人工核对证件",
        "captured_at": captured.isoformat(),
        "marks": json.dumps([{"sitting": pk, "x": 0.4, "y": 0.5} for pk in door.sittings[:3]]),
    }
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    )
    head += (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return head.encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


def _at_once(call: Callable[[int], Told], count: int, callers: int = CALLERS) -> list[Told]:
    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(call, range(count)))


@contextmanager
def _peak(server: Server) -> Iterator[list[float]]:
    """The most memory of a worker within the block, looked at five times a second."""
    most, over = [server.memory()], threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            most[0] = max(most[0], server.memory())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()


def panorama() -> bytes:
    """A photo as phones make it: 12 megapixels, about 4 MB."""
    grain = Image.effect_noise((4000, 3000), 42)
    picture = Image.merge("RGB", [grain, grain.transpose(Image.Transpose.ROTATE_180), grain])
    for quality in (60, 50, 40, 30, 20):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality)
        if out.tell() <= 4.4 * MB:
            break
    return out.getvalue()


def marked(photo: bytes) -> bytes:
    """The photo with a comment that no other has, so that each is a file of its own."""
    return photo[:2] + b"\xff\xfe\x00\x12" + random.randbytes(16) + photo[2:]
