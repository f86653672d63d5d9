"""A bucket on this machine for tests: it speaks as much of S3 as the portal uses, and checks every signature."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

KEY, SECRET, REGION, NAME = "test-key", "test-secret", "test-region", "evidence"


class Bucket:
    """What the server keeps, and how it is to misbehave."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.endpoint = ""
        self.full = self.corrupts = self.keeps_checksums = False
        self.clear()

    def clear(self) -> None:
        self.objects.clear()
        self.full = self.corrupts = False
        self.keeps_checksums = True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = self.headers.get("x-amz-checksum-sha256", "")
        if not self._signed(body):
            return
        if self.bucket.full:
            return self._refuse(507, "XMinioStorageFull")
        if told != base64.b64encode(hashlib.sha256(body).digest()).decode():
            return self._refuse(400, "BadDigest")
        self.bucket.objects[self._key()] = body[:-1] + b"?" if self.bucket.corrupts else body
        self._answer(200)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if not self._signed(b""):
            return
        key = self._key()
        if not key:
            return self._list()
        body = self.bucket.objects.get(key)
        if body is None:
            return self._refuse(404, "NoSuchKey")
        headers = {"Last-Modified": "Sat, 06 Dec 2025 01:00:00 GMT", "ETag": '"x"'}
        if self.bucket.keeps_checksums and self.headers.get("x-amz-checksum-mode") == "ENABLED":
            headers["x-amz-checksum-sha256"] = base64.b64encode(hashlib.sha256(body).digest()).decode()
        self._answer(200, body, headers)

    def do_DELETE(self) -> None:
        if self._signed(b""):
            self.bucket.objects.pop(self._key(), None)
            self._answer(204)

    def _list(self) -> None:
        prefix = dict(parse_qsl(urlsplit(self.path).query)).get("prefix", "")
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2025-12-06T01:00:00.000Z</LastModified>"
            f"<Size>{len(body)}</Size></Contents>"
            for key, body in sorted(self.bucket.objects.items())
            if key.startswith(prefix)
        )
        listed = f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        self._answer(200, listed.encode(), {"Content-Type": "application/xml"})

    def _key(self) -> str:
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        assert bucket == NAME
        return key

    def _signed(self, body: bytes) -> bool:
        """Refuses what is not signed with the one key (AWS Signature Version 4), or does not carry what it signed."""
        sign = dict(
            part.strip().split("=", 1) for part in self.headers["Authorization"].partition(" ")[2].split(",")
        )
        day, region, service, _ = (scope := sign["Credential"].split("/"))[1:]
        parts = urlsplit(self.path)
        query = sorted(
            (quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(parts.query, True)
        )
        named = sign["SignedHeaders"].split(";")
        request = [self.command, parts.path, "&".join(f"{k}={v}" for k, v in query)]
        request += [f"{name}:{' '.join(self.headers[name].split())}" for name in named]
        content = self.headers["x-amz-content-sha256"]
        request += ["", sign["SignedHeaders"], content]
        words = ["AWS4-HMAC-SHA256", self.headers["x-amz-date"], "/".join(scope[1:])]
        words.append(hashlib.sha256("\n".join(request).encode()).hexdigest())
        key = b"AWS4" + SECRET.encode()
        for step in (day, region, service, "aws4_request"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        right = hmac.new(key, "\n".join(words).encode(), hashlib.sha256).hexdigest()
        whole = content in (hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD")
        if scope[0] == KEY and region == REGION and whole and hmac.compare_digest(right, sign["Signature"]):
            return True
        self._refuse(403, "SignatureDoesNotMatch")
        return False

    def _refuse(self, status: int, code: str) -> None:
        body = f"<Error><Code>{code}</Code></Error>".encode()
        self._answer(status, body, {"Content-Type": "application/xml"})

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Nothing: what matters is told by the tests."""


@contextmanager
def running() -> Iterator[Bucket]:
    """The bucket until the block ends, at `endpoint`."""
    bucket = Bucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"bucket": bucket}))
    server.daemon_threads = True
    bucket.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()


STORED_AT = datetime(2025, 12, 6, 1, tzinfo=UTC)  # of every object, as the server says
