"""A real HTTP server on loopback: what it was sent, what it takes, and how often somebody came at all."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Receiver:
    """`calls` are the posts as they came; `status` and `answer` may be set, or `answers` one after the other."""

    port: int = 0
    calls: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    status: int = 200
    answer: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drips_at: str = "-"  # a path at which it answers a byte now and then, without end
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.target}/hook"

    @property
    def once(self) -> dict[str, dict[str, Any]]:
        """What a receiver that honours the key holds: one document for each key."""
        return {call["headers"]["Idempotency-Key"]: call["json"] for call in self.calls}


@contextmanager
def receiving(certificate: Path | None = None) -> Iterator[Receiver]:
    """A receiver for the length of the block; with a certificate it speaks TLS."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.calls.append(
                {"path": self.path, "headers": dict(self.headers), "body": body, "json": json.loads(body)}
            )
            while self.path == receiver.drips_at and not receiver.closing.wait(0.05):
                self.wfile.write(b"H")
                self.wfile.flush()
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def get_request(self) -> Any:
            receiver.connections += 1
            return super().get_request()

        def handle_error(self, *args: Any) -> None:
            return  # a caller that hangs up is what some tests want

    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        server.server_close()


def certificate_for(name: str, folder: Path) -> Path:
    """A certificate that nobody has signed, with its key, as one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    file = folder / "server.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(key.private_bytes(pem, form, plain) + made.public_bytes(pem))
    return file
