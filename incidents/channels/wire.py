"""One HTTP request to a guarded target: no proxies, no redirects, within ten seconds, little of the answer read."""

import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from incidents.channels import guard
from incidents.channels.guard import Target

CONNECT_WITHIN = 3.0  # seconds, each address
WITHIN = 10.0  # seconds for the whole request
MOST_READ = 64 * 1024  # bytes of the answer


class NotReached(Exception):
    """The target could not be called, or gave no answer in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and the first 64 KB of what the target said."""

    status_code: int
    content: bytes


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    hosts: tuple[str, ...] | None = None,
    within: float = WITHIN,
) -> Answer:
    """Posts once, within so many seconds; `hosts` as in `guard.target_of`. Raises `guard.TargetRefused`, `NotReached`."""
    until = time.monotonic() + within
    target = guard.target_of(url, hosts=hosts)
    connection = _Guarded(target, until)
    try:
        connection.request("POST", target.path, body=body, headers={"Host": target.netloc, **headers})
        response = connection.getresponse()
        return Answer(response.status, _read(response))
    except (OSError, HTTPException, ValueError) as error:
        raise NotReached(f"{type(error).__name__}: {error}") from error
    finally:
        connection.shut()


def _read(response: HTTPResponse) -> bytes:
    parts, left = [], MOST_READ
    while left > 0 and (part := response.read1(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


class _Guarded(HTTPConnection):
    """A connection whose socket is opened by the guard, to the address that was judged."""

    def __init__(self, target: Target, until: float) -> None:
        super().__init__(target.host, target.port)
        self.target, self.until = target, until
        self.opened: socket.socket | None = None

    def connect(self) -> None:
        self.opened = _opened(guard.judged(self.target), self.until)
        if self.target.secure:
            self.opened.settimeout(_left(self.until))
            self.opened = _tls().wrap_socket(self.opened, server_hostname=self.target.host)
        self.sock = _Hurried(self.opened, self.until)  # all that is asked of a socket

    def shut(self) -> None:
        if self.opened is not None:
            self.opened.close()


def _opened(addresses: list[tuple[str, int]], until: float) -> socket.socket:
    """The first address that answers."""
    failure: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection(address, timeout=min(CONNECT_WITHIN, _left(until)))
        except OSError as error:
            failure = error
    raise failure


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


class _Hurried:
    """A socket with an end: a target that sends a byte now and then doesn't hold its sender."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self.sock, self.until = sock, until

    def sendall(self, data: Any) -> None:
        self.sock.settimeout(_left(self.until))
        self.sock.sendall(data)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self.sock, self.until))

    def close(self) -> None:
        """Nothing: an answer that ends with its connection is still to be read; `_Guarded.shut` closes."""


class _Incoming(io.RawIOBase):
    def __init__(self, sock: socket.socket, until: float) -> None:
        self.sock, self.until = sock, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.sock.settimeout(_left(self.until))
        return self.sock.recv_into(buffer)
