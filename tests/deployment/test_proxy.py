"""The proxy's configuration, run by a real nginx before a small server that says what reached it."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MEGABYTE = 1024 * 1024

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


class Portal(BaseHTTPRequestHandler):
    """Answers every call with the headers it came with."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps(
            {"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET

    def log_message(self, *_: object) -> None:
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal.example.edu")])
    start = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=20_000))
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def configuration(folder: Path, *, portal: int, plain: int, tls: int, inner: int) -> str:
    """deploy/nginx.conf with this machine's folders and free ports instead of the container's."""
    text = (DEPLOY / "nginx.conf").read_text()
    changes = {
        r"/tmp/|/var/spool/nginx/|/var/cache/nginx/": f"{folder}/",
        r"server web:8000;": f"server 127.0.0.1:{portal};",
        r"listen \[::\]:.*\n": "\n",
        r"listen 80 ": f"listen 127.0.0.1:{plain} ",
        r"listen 443 ": f"listen 127.0.0.1:{tls} ",
        r"listen 127\.0\.0\.1:8080;": f"listen 127.0.0.1:{inner};",
        r"\s+http2 on;": "",  # nginx before 1.25 does not know the word
        r"/dev/std(err|out)": str(folder / "log"),
        r"include mime\.types;": "",
        r"include front\.conf;": f"include {DEPLOY / 'front.conf'};",
        r"ssl_certificate(_key)? tls/": rf"ssl_certificate\1 {folder}/tls/",
    }
    for pattern, replacement in changes.items():
        text, count = re.subn(pattern, replacement, text)
        assert count, f"deploy/nginx.conf no longer has {pattern}"
    return ("user root;\n" if os.geteuid() == 0 else "") + text


class Proxy:
    def __init__(self, plain: int, tls: int, inner: int) -> None:
        self.plain, self.tls, self.inner = plain, tls, inner

    def call(
        self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        trusting = ssl._create_unverified_context()
        line = http.client.HTTPSConnection("127.0.0.1", self.tls, context=trusting, timeout=10)
        line.request(method, path, body=body, headers={"Host": "portal.example.edu", **(headers or {})})
        answer = line.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


@pytest.fixture(scope="module")
def portal() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def start_nginx(folder: Path, portal_port: int) -> tuple[subprocess.Popen[bytes], Proxy]:
    assert NGINX
    proxy = Proxy(free_port(), free_port(), free_port())
    write_certificate(folder / "tls")
    file = folder / "nginx.conf"
    file.write_text(
        configuration(folder, portal=portal_port, plain=proxy.plain, tls=proxy.tls, inner=proxy.inner)
    )
    subprocess.run([NGINX, "-t", "-q", "-p", folder, "-c", file, "-e", folder / "log"], check=True)
    process = subprocess.Popen([NGINX, "-p", folder, "-c", file, "-e", folder / "log", "-g", "daemon off;"])
    for _ in range(2000):  # a refused call returns at once; nginx -t has already passed
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", proxy.tls)) == 0:
                return process, proxy
        if process.poll() is not None:
            break
    process.kill()
    raise AssertionError((folder / "log").read_text())


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, portal: ThreadingHTTPServer) -> Iterator[Proxy]:
    process, running = start_nginx(tmp_path_factory.mktemp("nginx"), portal.server_address[1])
    yield running
    process.send_signal(signal.SIGQUIT)
    process.wait(10)


@pytest.fixture
def lonely_proxy(tmp_path: Path) -> Iterator[Proxy]:
    """A proxy whose portal is away."""
    process, running = start_nginx(tmp_path, free_port())
    yield running
    process.send_signal(signal.SIGQUIT)
    process.wait(10)


def test_what_a_caller_writes_into_forwarding_headers_never_passes(proxy: Proxy) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.9, 127.0.0.1",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "elsewhere.example",
        "X-Real-IP": "203.0.113.9",
        "Forwarded": "for=203.0.113.9",
        "X-Request-ID": "forged",
    }

    _, _, body = proxy.call("GET", "/api/v1/app/duties/", headers=forged)

    arrived = json.loads(body)["headers"]
    assert arrived["x-forwarded-for"] == "127.0.0.1"
    assert arrived["x-forwarded-proto"] == "https"
    assert arrived["host"] == "portal.example.edu"
    assert arrived["x-request-id"] != "forged"
    assert not {"x-forwarded-host", "x-real-ip", "forwarded"} & set(arrived)


@pytest.mark.parametrize(
    ("method", "path", "megabytes", "status"),
    [
        ("POST", "/api/v1/evidence/", 29, 200),
        ("POST", "/api/v1/evidence/", 31, 413),
        ("PUT", "/api/v1/sign-ins/6f1c/photo/", 29, 200),
        ("POST", "/api/v1/sign-ins/", 13, 413),
        ("POST", "/plans/", 69, 200),
    ],
)
def test_bodies_have_a_limit_where_they_belong(
    proxy: Proxy, method: str, path: str, megabytes: int, status: int
) -> None:
    try:
        answered, _, _ = proxy.call(method, path, body=bytes(megabytes * MEGABYTE))
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
        answered = 413  # refused by its length alone, before the body was sent

    assert answered == status


def test_a_body_too_large_is_refused_in_the_api_s_form(proxy: Proxy) -> None:
    status, headers, body = proxy.call(
        "POST", "/api/v1/evidence/", headers={"Content-Length": str(31 * MEGABYTE)}
    )

    assert status == 413
    assert headers["content-type"].startswith("application/problem+json")
    assert json.loads(body)["code"] == "too_large"


def test_an_absent_portal_is_told_in_the_api_s_form(lonely_proxy: Proxy) -> None:
    status, headers, body = lonely_proxy.call("GET", "/api/v1/app/duties/", headers={"Accept-Language": "en"})

    assert status == 503
    assert headers["content-type"].startswith("application/problem+json")
    assert json.loads(body)["code"] == "unavailable"
    assert json.loads(body)["title"] == "Unavailable"


def test_an_absent_portal_is_told_on_a_page_in_chinese(lonely_proxy: Proxy) -> None:
    status, _, body = lonely_proxy.call("GET", "/")

    assert status == 503
    assert "服务器暂时无法应答" in body.decode()


def test_readiness_is_not_for_the_public(proxy: Proxy) -> None:
    assert proxy.call("GET", "/readyz")[0] == 404
    assert proxy.call("GET", "/healthz")[0] == 200


def test_plain_http_is_sent_to_tls(proxy: Proxy) -> None:
    line = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=10)
    line.request("GET", "/login/?next=/", headers={"Host": "portal.example.edu"})
    answer = line.getresponse()

    assert answer.status == 308
    assert answer.getheader("Location") == "https://portal.example.edu/login/?next=/"
