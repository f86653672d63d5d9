"""Which targets the portal may call: public ones alone, judged when saved and again when the socket opens.

The name is looked up once; if any of its addresses is refused, nothing is opened; the socket goes to the
very address that was judged, so that a second answer of the name server changes nothing.
"""

import re
import socket
import threading
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from django.conf import settings

from exam_ops.rules.text import Text

PORTS = (443, 8443)
LOOK_UP_WITHIN = 3.0  # seconds for the name server

# What no message of the portal goes to, beyond what `is_global` says: forms that carry another address inside
# (NAT64, 6to4, Teredo, mapped, compatible) are refused as such, whatever they carry.
_REFUSED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # a cloud's own service behind a public number
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
_UNICAST = ip_network("2000::/3")  # all else of IPv6 is local, mapped, NAT64 or not given out
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_ENDS_IN_NUMBER = re.compile(r"(\d+|0x[0-9a-f]*)")


class TargetRefused(Exception):
    """The portal doesn't call this target; `reason` says why, for the person who named it."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


_WHOLE = Text("请填写完整的 https:// 地址。", "Give the whole https:// address.")
_CHARACTERS = Text(
    "地址中有空格、反斜杠或非 ASCII 字符。国际化域名请写成 xn-- 形式。",
    "The address holds a space, a backslash or a character outside ASCII. Write international names as xn--.",
)
_SECURE = Text("只能使用 https 地址。", "Only https addresses are called.")
_PASSWORD = Text(
    "地址中不能带用户名或密码。请改用签名密钥。",
    "The address may hold no user name or password. Use the signing secret.",
)
_PORT = Text("只能使用端口 443 或 8443。", "Only the ports 443 and 8443 are called.")
_HOST = Text(
    "主机名无效。请填写完整域名或规范的公网 IP。",
    "The host is not valid. Give a full domain name or a public address in its usual form.",
)
_LISTED = Text(
    "{host} 不在允许的主机名单中。请联系系统管理员。",
    "{host} is not on the list of hosts that may be called. Ask the system's administrator.",
)
_PRIVATE = Text(
    "{host} 指向内网、本机或保留地址（{address}），不能使用。请填写公网地址。",
    "{host} leads to a private, local or reserved address ({address}). Give a public one.",
)
_UNKNOWN = Text("找不到主机 {host}。请核对域名。", "There is no host {host} to be found. Check the name.")


@dataclass(frozen=True, slots=True)
class Target:
    """A judged address: where to open the socket and what to ask for there."""

    host: str  # lower case, an address without its brackets
    port: int
    path: str  # with the query
    secure: bool = True

    @property
    def netloc(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.secure else 80) else f"{name}:{self.port}"


def target_of(url: str, *, hosts: tuple[str, ...] | None = None) -> Target:
    """The target of a URL as far as its words tell; raises `TargetRefused`.

    `hosts`: the host suffixes that may be called; by default those of the setting MESSAGE_HOSTS, where an
    empty list means every public host.
    """
    if not url.isascii() or not url.isprintable() or re.search(r"[\s\\]", url):
        raise TargetRefused(_CHARACTERS)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused(_WHOLE) from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise TargetRefused(_WHOLE)
    if "@" in parts.netloc:
        raise TargetRefused(_PASSWORD)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if test := _test_target(parts.scheme, parts.hostname, port, path):
        return test
    if parts.scheme != "https":
        raise TargetRefused(_SECURE)
    host = _host(parts.hostname or "")
    if port is not None and port not in PORTS:
        raise TargetRefused(_PORT)
    _require_listed(host, settings.MESSAGE_HOSTS if hosts is None else hosts)
    return Target(host, port or 443, path)


def judged(target: Target) -> list[tuple[str, int]]:
    """The addresses to open, in order; raises `TargetRefused` when any address of the host is not public."""
    if is_test_target(target):
        return [(target.host, target.port)]
    addresses = look_up(target.host, target.port)
    if not addresses:
        raise TargetRefused(_UNKNOWN.format(host=target.host))
    for address in addresses:
        if not is_public(address):
            raise TargetRefused(_PRIVATE.format(host=target.host, address=address))
    return [(address, target.port) for address in dict.fromkeys(addresses)]


def is_public(address: str) -> bool:
    """Whether a socket may be opened to this address, written as the name server or a URL gives it."""
    try:
        number = ip_address(address)
    except ValueError:
        return False  # with a scope, or no address at all
    if isinstance(number, IPv6Address) and (number not in _UNICAST or number.scope_id):
        return False
    return number.is_global and not any(number in n for n in _REFUSED if n.version == number.version)


def look_up(host: str, port: int) -> list[str]:
    """Every address of a host, asked once, within `LOOK_UP_WITHIN` seconds; empty when there is none."""
    answer: SimpleQueue[list[str]] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        answer.put([str(row[4][0]) for row in found])

    # A thread, for the resolver of the C library knows no time-out.
    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        return answer.get(timeout=LOOK_UP_WITHIN)
    except Empty:
        return []


def is_test_target(target: Target) -> bool:
    """Whether this is the one loopback address and port that a test run allows; none in production."""
    allowed = settings.MESSAGE_TEST_TARGET
    return bool(allowed) and f"{target.host}:{target.port}" == allowed


def _test_target(scheme: str, host: str | None, port: int | None, path: str) -> Target | None:
    target = Target(host or "", port or 0, path, secure=scheme == "https")
    return target if is_test_target(target) else None


def _host(host: str) -> str:
    """The host in its one form; raises `TargetRefused` for names and numbers written oddly."""
    if ":" in host:
        return str(_literal(IPv6Address, host))
    name = host.removesuffix(".")
    labels = name.split(".")
    if _ENDS_IN_NUMBER.fullmatch(labels[-1]):
        return str(_literal(IPv4Address, host))  # 2130706433, 0x7f.1, 127.1 and 0177.0.0.1 are none
    if len(labels) < 2 or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise TargetRefused(_HOST)
    return name


def _literal(form: type[IPv4Address] | type[IPv6Address], host: str) -> IPv4Address | IPv6Address:
    try:
        number = form(host)
    except ValueError:
        raise TargetRefused(_HOST) from None
    if not is_public(str(number)):
        raise TargetRefused(_PRIVATE.format(host=host, address=host))
    return number


def _require_listed(host: str, suffixes: tuple[str, ...] | list[str]) -> None:
    names = [suffix.strip(".").lower() for suffix in suffixes]
    if names and not any(host == name or host.endswith(f".{name}") for name in names):
        raise TargetRefused(_LISTED.format(host=host))
