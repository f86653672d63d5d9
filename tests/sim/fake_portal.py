"""A portal of a few lines on a loopback port: it answers what a test lays ready and keeps what it heard."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)


@dataclass
class Reply:
    """What is sent back; `status` 0 hangs up without an answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class FakePortal:
    """`reply` is asked for each request; by default everything is accepted."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.reply: Callable[[Heard], Reply] = lambda heard: Reply()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def in_turn(self, *replies: Reply) -> None:
        """These replies, one request each; the last one for all that follow."""
        left = list(replies)
        self.reply = lambda heard: left.pop(0) if len(left) > 1 else left[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        portal = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet per answer

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                heard = Heard(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
                portal.heard.append(heard)
                reply = portal.reply(heard)
                if not reply.status:
                    self.close_connection = True
                    self.connection.close()
                    return
                content = json.dumps(reply.body).encode() if reply.body is not None else b""
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        return Handler


def signed_in(heard: Heard) -> Reply:
    """Answers sign-ins as a portal that applies all of them, and anything else with an empty body."""
    if not heard.path.endswith("/sign-ins/"):
        return Reply(201, {})
    results = [
        {"id": i["id"], "status": "created", "code": None, "entry_status": "signed_in"}
        for i in heard.body["items"]
    ]
    return Reply(200, {"results": results})
