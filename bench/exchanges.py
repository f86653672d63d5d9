"""Counts exchanges with the database on the wire: BEGIN, COMMIT and health checks included."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

QUERY, PARSE = 0x51, 0x50  # a simple query, and the first message of an extended one


class Counter:
    """A line to the database that passes everything on and counts the caller's queries."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        self.queries = 0
        self._target = target
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET)
            server.connect(self._target)
            threading.Thread(target=self._pass_on, args=(server, caller, False), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(caller, server, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, to: socket.socket, counted: bool) -> None:
        waiting = b""
        started = not counted  # the first message of a caller has no kind
        while chunk := source.recv(65536):
            to.sendall(chunk)
            waiting += chunk if counted else b""
            while counted and len(waiting) >= 5:
                at = 1 if started else 0
                size = at + int.from_bytes(waiting[at : at + 4], "big")
                if len(waiting) < size:
                    break
                self.queries += started and waiting[0] in (QUERY, PARSE)
                # an SSL request is answered before the start-up message proper comes
                started = started or waiting[4:8] != b"\x04\xd2\x16\x2f"
                waiting = waiting[size:]
        to.shutdown(socket.SHUT_WR)


@contextmanager
def counted() -> Iterator[Counter]:
    """This process's connection goes through a counter until the block ends."""
    settings = connection.settings_dict
    host, port = settings["HOST"], int(settings["PORT"] or 5432)
    counter = Counter(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
    connection.close()
    settings.update(HOST="127.0.0.1", PORT=counter.port)
    try:
        yield counter
    finally:
        connection.close()
        settings.update(HOST=host, PORT=port)
        counter.close()
