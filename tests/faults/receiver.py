"""A receiver of messages that honours their key: `python -m tests.faults.receiver FILE` prints its port.

Every call is one line of FILE: when, key, body, and whether it was the first of its key (and so took effect).
"""

import json
import sys
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any

KEY_HEADERS = ("Idempotency-Key",)


@dataclass(frozen=True, slots=True)
class Call:
    """One message as it arrived."""

    at: float  # seconds since 1970
    key: str
    body: str
    first: bool


def read(file: Path) -> list[Call]:
    """What has arrived so far."""
    if not file.exists():
        return []
    return [Call(**json.loads(line)) for line in file.read_text().splitlines()]


def serve(file: Path) -> None:
    """Takes calls until the process is ended."""
    seen: set[str] = set()
    lock = Lock()
    log = file.open("a", buffering=1)

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            key = next((self.headers[name] for name in KEY_HEADERS if self.headers.get(name)), "")
            with lock:
                call = {"at": time.time_ns() / 1e9, "key": key, "body": body, "first": key not in seen}
                seen.add(key)
                log.write(json.dumps(call) + "\n")
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            answer = b'{"errcode": 0, "errmsg": "ok"}'
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    with Server(("127.0.0.1", 0), Door) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
